/* The prompt bar: what HTML and htmx cannot say. Nothing here builds HTML. */

import "./bring.js";
import { hasModifier, isComposing } from "./keys.js";

const prompt = () => document.getElementById("id_prompt");

const write = (text) => {
  const field = prompt();
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
  field.setSelectionRange(text.length, text.length);
};

/* Where a text area does not grow by itself (``field-sizing``). */
const grows = CSS.supports("field-sizing", "content");
const grow = () => {
  if (grows) return;
  const field = prompt();
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
};
document.addEventListener("input", ({ target }) => target.id === "id_prompt" && grow());
grow();

/* A prompt to begin with; without a script the link fills it in, too. */
document.addEventListener("click", (event) => {
  const sample = event.target.closest("[data-sample]");
  if (!sample || hasModifier(event)) return;
  event.preventDefault();
  write(sample.textContent.trim());
});

/* The last prompt comes back into an empty one. */
document.addEventListener("submitted", () => {
  prompt().dataset.last = prompt().value;
});

/* Up and down in the list of operations; the first one that is found. */
let isAwaited = false; // Enter was pressed before the list was there

/* Once htmx knows them: until then they would send the whole form. */
const READY = "#operations[data-ready]";
const rowsOf = (panel) => [
  ...panel.querySelectorAll(`${READY} button.operation:not([hidden])`),
];

const walk = (event, panel) => {
  const rows = rowsOf(panel);
  const at = rows.indexOf(document.activeElement);
  if (event.key === "Enter") {
    if (at >= 0) return;
    event.preventDefault(); // the form itself is not meant
    if (rows.length) rows[0].click();
    else isAwaited = !panel.querySelector(READY);
    return;
  }
  if (!rows.length) return;
  event.preventDefault();
  const next = event.key === "ArrowDown" ? at + 1 : at - 1;
  if (next < 0) panel.querySelector("input").focus();
  else rows[Math.min(next, rows.length - 1)].focus();
};

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (isComposing(event) || hasModifier(event)) return;
  if (key === "ArrowUp" && target.id === "id_prompt" && !target.value) {
    if (!target.dataset.last) return;
    event.preventDefault();
    write(target.dataset.last);
  }
  const panel = target.closest?.("#picker .menu-panel");
  if (panel && ["ArrowUp", "ArrowDown", "Enter"].includes(key)) walk(event, panel);
});

document.addEventListener(
  "toggle",
  ({ target, newState }) => {
    if (target.id !== "picker" || newState !== "open") return;
    isAwaited = false;
    const search = target.querySelector("input");
    search.value = "";
    search.dispatchEvent(new Event("input", { bubbles: true }));
    search.focus();
  },
  true,
);

/* The list comes: what was typed by then holds for it. */
document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (target.id !== "operations") return;
  target.dataset.ready = "";
  const panel = target.closest(".menu-panel");
  panel.querySelector("input").dispatchEvent(new Event("input", { bubbles: true }));
  if (isAwaited) rowsOf(panel)[0]?.click();
  isAwaited = false;
});

/* Chosen: the list is closed, and the bar shows the choice. */
document.addEventListener("htmx:afterSettle", ({ target, detail }) => {
  if (target.id !== "operation-fields") return;
  const { elt } = detail.requestConfig ?? {};
  if (elt?.matches?.("button.operation")) document.getElementById("picker-summary").focus();
});

/* Presets open over the form; without a script they are a page. */
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-sheet]");
  if (!link || hasModifier(event)) return;
  event.preventDefault();
  htmx.ajax("GET", link.href, { target: "body", swap: "beforeend" });
});

/* What is wanted seldom is loaded when it comes. */
const ON_DEMAND = {
  "dialog#brush": () => import("./brush.js"),
  "dialog#sheet": () => import("./sheet.js"),
  "#changes": () => import("./changes.js"),
};
const loadWanted = () =>
  Object.entries(ON_DEMAND).forEach(async ([selector, load]) => {
    const part = document.querySelector(`${selector}:not([data-begun])`);
    if (!part) return;
    part.dataset.begun = "";
    (await load()).begin(part);
  });
document.addEventListener("htmx:afterSettle", loadWanted);
loadWanted();

/* An error in the settings is looked at there. */
const showErrors = () => {
  const drawer = document.getElementById("settings");
  const wrong = drawer?.querySelector(".error");
  if (!wrong || drawer.matches(":popover-open")) return;
  drawer.showPopover();
  wrong.closest(".field")?.querySelector("input, select, textarea")?.focus();
};
/* On a phone the row scrolls: the field that is wrong, and why, are brought there. */
const bringIntoRow = () => {
  const wrong = document.querySelector("#ask .bar-row .bar-field:has(.error)");
  wrong?.scrollIntoView({ block: "nearest", inline: "start" });
};
document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (target.id !== "ask") return;
  showErrors();
  bringIntoRow();
});
showErrors();
