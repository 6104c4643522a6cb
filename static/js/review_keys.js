/* The keys of review: the numbered reasons, and the switch that turns all of them off. */

import { hasModifier, isComposing, isTyping, nameOf } from "./keys.js";

const OFF = "review-keys-off";
const isOff = () => localStorage.getItem(OFF) === "1";

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
    const reason = document.querySelector(`details[open] [data-digit="${key}"]`);
    if (reason && !document.getElementById("sign-in")) {
      event.preventDefault();
      if (!event.repeat) reason.click();
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
