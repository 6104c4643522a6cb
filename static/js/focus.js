/* The focus begins at the first field that is wrong, and stays where it was when an
   answer replaces what had it: on the control with the same key, else on the one in the
   same place. */

const CONTROLS = "a[href], button, input:not([type=hidden]), select, summary, textarea";
const places = new WeakMap(); // by request

const controlsOf = (part) =>
  [...part.querySelectorAll(CONTROLS)].filter((each) => each.checkVisibility());

/* The place of the focus in this part; null: it is elsewhere. */
const placeIn = (target) => {
  const place = controlsOf(target).indexOf(document.activeElement);
  return place < 0 ? null : { target, place, key: document.activeElement.dataset.key };
};

const putBack = (had) => {
  if (!had || document.activeElement !== document.body) return;
  if (had.control) {
    const { control } = had;
    return (control.isConnected ? control : document.getElementById(control.id))?.focus();
  }
  const part = had.target.isConnected ? had.target : document.getElementById(had.target.id);
  const controls = part ? controlsOf(part).filter((each) => !each.disabled) : [];
  const sameKey = had.key && controls.find((each) => each.dataset.key === had.key);
  (sameKey || controls[had.place] || controls.at(-1))?.focus({ preventScroll: true });
};

/* A button that is disabled while its request is under way loses the focus, too. */
const onControl = (elt) => {
  const control = document.activeElement;
  return elt.contains(control) ? { control } : null;
};

document.addEventListener("htmx:beforeRequest", ({ detail: { xhr, target, elt } }) => {
  const place = placeIn(target) ?? onControl(elt);
  if (place) places.set(xhr, place);
});

const settle = ({ detail: { xhr } }) => putBack(places.get(xhr));
document.addEventListener("htmx:afterSettle", settle);
document.addEventListener("htmx:afterRequest", settle);

/* What comes beside the answer, as a card that has moved on. */
let beside = null;
document.addEventListener("htmx:oobBeforeSwap", ({ detail: { target } }) => {
  beside = placeIn(target) ?? beside;
});
document.addEventListener("htmx:oobAfterSwap", () => {
  putBack(beside);
  if (document.activeElement !== document.body) beside = null;
});

document.querySelector("main [aria-invalid=true]")?.focus();
