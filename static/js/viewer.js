/* Zoom of the one picture on its page: by click, by + and -, by its buttons. */

const stage = document.querySelector("[data-stage]");
const MOST = 3;

const level = () => Number(stage.dataset.stage || 0);

/* ``x`` and ``y``: what stays in the middle, as parts of the picture. */
const zoom = (to, x = 0.5, y = 0.5) => {
  stage.dataset.stage = Math.min(Math.max(to, 0), MOST) || "";
  stage.scrollLeft = x * stage.scrollWidth - stage.clientWidth / 2;
  stage.scrollTop = y * stage.scrollHeight - stage.clientHeight / 2;
};

stage.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const box = stage.querySelector("img").getBoundingClientRect();
  const x = (event.clientX - box.left) / box.width;
  const y = (event.clientY - box.top) / box.height;
  if (event.detail) zoom(level() ? 0 : 1, x, y);
  else zoom(level() ? 0 : 1); // by Enter
});

document.addEventListener("click", ({ target }) => {
  const button = target.closest("button[data-zoom]");
  if (button) zoom(level() + Number(button.dataset.zoom));
});

/* The picture's place in the strip; the page itself stays where it is. */
const film = document.querySelector(".film");
const place = film?.querySelector("[aria-current]");
if (place) film.scrollLeft = place.offsetLeft - (film.clientWidth - place.offsetWidth) / 2;

/* What is zoomed is scrolled by the arrows, and Escape shows it whole again. */
document.addEventListener(
  "keydown",
  (event) => {
    if (!level()) return;
    if (event.key.startsWith("Arrow")) {
      event.stopPropagation();
      stage.focus();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      zoom(0);
    }
  },
  true,
);
