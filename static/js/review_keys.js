/* The keys of review: the numbered reasons, from item to item, the exceptions of a grid,
   and the switch that turns all of them off. */

import { hasModifier, isComposing, isTyping, nameOf } from "./keys.js";

const OFF = "review-keys-off";
const NINE = 9;
const isOff = () => localStorage.getItem(OFF) === "1";

/* --- Items of the queue or the grid */

const items = () => [...document.querySelectorAll(".sheet .item")];
const control = (item) => item.querySelector("input[type=checkbox], a");
const current = () => items().indexOf(document.activeElement?.closest?.(".item"));

/* Numbers stand on nine covers of a grid: where the focus is, else on the first nine. */
const number = () => {
  const first = Math.max(0, Math.floor(current() / NINE)) * NINE;
  document.querySelectorAll("[data-mark]").forEach((mark, index) => {
    mark.hidden = index < first || index >= first + NINE;
    mark.textContent = (index % NINE) + 1;
  });
};

const go = (item) => {
  if (!item) return;
  control(item).focus({ preventScroll: true });
  item.scrollIntoView({ block: "nearest" });
};

/* The nearest item of the next row up or down. */
const inNextRow = (way) => {
  const from = items()[current()].getBoundingClientRect();
  const places = items().map((item) => ({ item, at: item.getBoundingClientRect() }));
  const beyond = places.filter(({ at }) => (at.top - from.top) * way > 8);
  const far = ({ at }) => Math.abs(at.top - from.top) * 10 + Math.abs(at.left - from.left);
  return beyond.sort((one, other) => far(one) - far(other))[0]?.item;
};

const STEPS = { j: 1, k: -1, ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 };

/* True where the key was one of an item. */
const isOfItems = (name) => {
  const all = items();
  const at = current();
  const marks = document.querySelectorAll("[data-mark]");
  if (name in STEPS) {
    const isRow = name === "ArrowDown" || name === "ArrowUp";
    if (!all.length || (isRow && at < 0)) return false;
    go(isRow ? inNextRow(STEPS[name]) : all[Math.max(0, at + STEPS[name])]);
    return true;
  }
  if (name === "Enter" && document.activeElement.matches(".item input")) {
    all[at].querySelector("a").click();
    return true;
  }
  if (!marks.length || !/^[0-9]$/.test(name)) return false;
  if (name === "0") {
    const next = (Math.floor(Math.max(0, at) / NINE) + 1) * NINE;
    go(all[next] ?? all[0]);
    return true;
  }
  const marked = [...marks].find((mark) => !mark.hidden && mark.textContent === name);
  marked?.closest(".item").querySelector("input[type=checkbox]").click();
  return true;
};

document.addEventListener("focusin", number);

export const showSwitch = () => {
  const box = document.getElementById("keys-off");
  if (box) box.checked = isOff();
  document.documentElement.classList.toggle("keys-off", isOff());
};

/* Before app.js hears of it. */
window.addEventListener(
  "keydown",
  (event) => {
    if (hasModifier(event) || isComposing(event) || isTyping(event.target)) return;
    const key = CSS.escape(nameOf(event));
    if (isOff()) {
      if (document.querySelector(`[data-key="${key}"]`)) event.stopPropagation();
      return;
    }
    if (document.getElementById("sign-in") || event.target.closest?.("dialog")) return;
    const reason = document.querySelector(`details[open] [data-digit="${key}"]`);
    if (reason) {
      event.preventDefault();
      if (!event.repeat) reason.click();
    } else if (!event.target.matches?.("[type=radio]") && isOfItems(nameOf(event))) {
      event.preventDefault();
      event.stopPropagation();
    }
  },
  true,
);

/* What is opened to be written in is written in at once, before any other key is
   pressed; Esc closes it. */
document.addEventListener("click", (event) => {
  const doubt = event.target.closest(".pass-on:not([open]) > summary")?.parentElement;
  if (!doubt) return;
  event.preventDefault();
  doubt.open = true;
  doubt.querySelector("textarea").focus();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || isComposing(event)) return;
  const open = document.querySelector("details.reject[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});

document.addEventListener("change", (event) => {
  if (event.target.id !== "keys-off") return;
  localStorage.setItem(OFF, event.target.checked ? "1" : "0");
  showSwitch();
});

showSwitch();
number();
