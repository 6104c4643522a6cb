/* Zoom and pan of the one picture on its page; the next one is fetched ahead. */

import { hasModifier } from "./keys.js";
import { zoomed } from "./zoom.js";

const stage = document.querySelector("[data-stage]");
const SLACK = 6; // px that a resting pointer may move
const SWIPE = 60; // px
const STEP = 80; // px of an arrow
const WAYS = {
  ArrowLeft: [STEP, 0],
  ArrowRight: [-STEP, 0],
  ArrowUp: [0, STEP],
  ArrowDown: [0, -STEP],
};
const isMeant = (event) => !hasModifier(event) && !event.shiftKey;
const view = zoomed(stage, "[data-stage]", { isClicked: true, isHeld: (e) => !isMeant(e) });

let pressed = null;
stage.addEventListener("pointerdown", (event) => (pressed = event), true);
stage.addEventListener("click", (event) => {
  if (!isMeant(event)) return;
  event.preventDefault();
  const { clientX, clientY, detail } = event;
  const moved = pressed && Math.hypot(clientX - pressed.clientX, clientY - pressed.clientY);
  if (!detail) view.toggle(); // by Enter
  else if (!moved || moved < SLACK) view.toggle(event);
});

/* A finger's swipe over the whole picture leads to its neighbour. */
let swipe = null;
stage.addEventListener(
  "pointerdown",
  (event) => {
    const isAlone = event.pointerType === "touch" && event.isPrimary;
    swipe = isAlone && !view.isZoomed() ? event : null; // two fingers zoom
  },
  true,
);
stage.addEventListener("pointerup", ({ clientX, clientY, pointerId }) => {
  if (pointerId !== swipe?.pointerId || view.isZoomed()) return;
  const [x, y] = [clientX - swipe.clientX, clientY - swipe.clientY];
  if (Math.abs(x) < SWIPE || Math.abs(x) < 2 * Math.abs(y)) return;
  document.querySelector(`.viewer-bar a[rel=${x > 0 ? "prev" : "next"}]`)?.click();
});

document.addEventListener("click", ({ target }) => {
  const { zoom } = target.closest("button[data-zoom]")?.dataset ?? {};
  if (zoom === "full") view.toggleFull();
  else if (zoom) view.step(Number(zoom));
});

/* The picture's place in the strip; the page itself stays where it is. */
const film = document.querySelector(".film");
const place = film?.querySelector("[aria-current]");
if (place) film.scrollLeft = place.offsetLeft - (film.clientWidth - place.offsetWidth) / 2;

/* What is zoomed is moved by the arrows, and Escape shows it whole again. */
document.addEventListener(
  "keydown",
  (event) => {
    if (!view.isZoomed() || hasModifier(event)) return;
    if (event.target.closest("input, textarea, select, dialog")) return;
    const way = WAYS[event.key];
    if (way) view.pan(...way);
    else if (event.key === "Escape") view.fit();
    else return;
    event.preventDefault();
    event.stopPropagation();
  },
  true,
);

addEventListener("load", () => {
  const next = document.querySelector("[data-ahead]");
  if (next && !navigator.connection?.saveData) new Image().src = next.dataset.ahead;
});
