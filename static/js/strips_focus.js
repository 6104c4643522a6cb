/* Pictures by keyboard: a strip is one tab stop. Arrows lead from picture to picture, over
   all strips of the page; the bar of actions beside one is one more stop, with arrows of
   its own. Escape leads from the bar to its picture. */

import { hasModifier, nameOf } from "./keys.js";

const GROUP = ".strip, .rows";
const FRAME = ":is(.strip, .rows) a.frame";
const BAR = "[data-picture-actions]";
const ACTION = "a, button";
/* What the bar, or a key of the picture, does as well. */
const BESIDE = `.frame-more, ${FRAME} ~ .pick input`;

const framesOf = (part) => [...part.querySelectorAll("a.frame")];

/* The only stop of these controls: the one given, else the one that was, else the first. */
const rove = (controls, chosen) => {
  const stop = chosen ?? controls.find((each) => each.tabIndex === 0 && each.dataset.stop);
  controls.forEach((each) => {
    each.tabIndex = each === (stop ?? controls[0]) ? 0 : -1;
    if (each === stop) each.dataset.stop = "1";
    else delete each.dataset.stop;
  });
};

const roveAll = () => {
  document.querySelectorAll(GROUP).forEach((group) => rove(framesOf(group)));
  document.querySelectorAll(BESIDE).forEach((control) => (control.tabIndex = -1));
  const bar = document.querySelector(BAR);
  if (bar) rove([...bar.querySelectorAll(ACTION)]);
};

/* The nearest one of the next row up or down. */
const inNextRow = (controls, from, way) => {
  const start = from.getBoundingClientRect();
  const middle = start.left + start.width / 2;
  const places = controls.map((each) => ({ each, at: each.getBoundingClientRect() }));
  const beyond = places.filter(({ at }) => (at.top - start.top) * way > 8);
  const far = ({ at }) =>
    Math.abs(at.top - start.top) * 10 + Math.abs(at.left + at.width / 2 - middle);
  return beyond.sort((one, other) => far(one) - far(other))[0]?.each;
};

const next = (name, controls, from) => {
  const at = controls.indexOf(from);
  if (name === "ArrowRight") return controls[at + 1];
  if (name === "ArrowLeft") return controls[at - 1];
  if (name === "Home") return controls[0];
  if (name === "End") return controls.at(-1);
  if (name === "ArrowDown") return inNextRow(controls, from, 1);
  if (name === "ArrowUp") return inNextRow(controls, from, -1);
  return undefined;
};

const isWay = (name) => name.startsWith("Arrow") || name === "Home" || name === "End";

document.addEventListener(
  "keydown",
  (event) => {
    const { target } = event;
    if (hasModifier(event) || event.shiftKey || !target.closest) return;
    const name = nameOf(event);
    const bar = target.closest(BAR);
    if (bar && name === "Escape") {
      event.stopPropagation();
      bar.parentElement.querySelector("a.frame")?.focus();
    }
    if (!isWay(name) || !(bar || target.matches(FRAME))) return;
    event.preventDefault();
    event.stopPropagation();
    const controls = bar ? [...bar.querySelectorAll(ACTION)] : framesOf(document);
    next(name, controls, target)?.focus();
  },
  true,
);

document.addEventListener("focusin", ({ target }) => {
  const bar = target.closest?.(BAR);
  if (bar) rove([...bar.querySelectorAll(ACTION)], target);
  else if (target.matches?.(FRAME)) rove(framesOf(target.closest(GROUP)), target);
});
document.addEventListener("htmx:afterSettle", roveAll);
document.addEventListener("htmx:oobAfterSwap", roveAll);

roveAll();

/* Whoever comes back from a picture's page goes on where they left. */
export const comeBack = () => {
  const left = document.getElementById(location.hash.slice(1));
  if (left?.matches(FRAME) && matchMedia("(hover: hover)").matches) left.focus();
};
