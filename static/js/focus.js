/* The focus begins at the first field that is wrong, and stays where it was when an
   answer replaces what had it: on the control with the same key, else on the one in the
   same place. */

const CONTROLS = "a[href], button, input:not([type=hidden]), select, summary, textarea";
const places = new WeakMap(); // by request

const controlsOf = (part) =>
  [...part.querySelectorAll(CONTROLS)].filter((each) => each.checkVisibility());

document.addEventListener("htmx:beforeRequest", ({ detail: { xhr, target } }) => {
  const place = controlsOf(target).indexOf(document.activeElement);
  if (place < 0) return;
  places.set(xhr, { target, place, key: document.activeElement.dataset.key });
});

document.addEventListener("htmx:afterSettle", ({ detail: { xhr } }) => {
  const had = places.get(xhr);
  if (!had || document.activeElement !== document.body) return;
  places.delete(xhr);
  const part = had.target.isConnected ? had.target : document.getElementById(had.target.id);
  const controls = part ? controlsOf(part).filter((each) => !each.disabled) : [];
  const sameKey = had.key && controls.find((each) => each.dataset.key === had.key);
  (sameKey || controls[had.place] || controls.at(-1))?.focus({ preventScroll: true });
});

document.querySelector("main [aria-invalid=true]")?.focus();
