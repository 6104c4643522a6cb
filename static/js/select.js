/* Many pictures at once: by mark, range, rubber band, keys, finger; one bar acts on all
   of them. Nothing here builds HTML. */

import { band } from "./select_band.js";
import { longPress } from "./select_finger.js";
import { bringUpToDate } from "./select_marks.js";
import { nextTo } from "./select_walk.js";
import { hasModifier, isComposing, isTyping, nameOf } from "./keys.js";
import * as session from "./session.js";
import * as trouble from "./trouble.js";

const form = document.getElementById("picks");
const rows = document.querySelector("[data-pick-from]");

let picked = new Set();
let anchor = null; // where a range begins
let alone = null; // the picture under the focus that a key is for, where none is picked
let isSelecting = false; // by its button: taps select
let isSwallowed = false; // the click that ends a long press or a band
let isShift = false;

const cells = () => [...rows.querySelectorAll("[data-picture]:not([hidden])")];
const keyOf = (cell) => cell.dataset.picture;
const cellOf = (element) => {
  const cell = element?.closest?.("[data-picture]");
  return cell && rows.contains(cell) ? cell : null;
};
const isOn = () => isSelecting || picked.size > 0;

const show = () => {
  cells().forEach((cell) => {
    const has = picked.has(keyOf(cell));
    cell.classList.toggle("picked", has);
    const box = cell.querySelector(".pick input");
    if (box) box.checked = has;
  });
  rows.classList.toggle("selecting", isOn());
  document.body.classList.toggle("has-selection", isOn());
  form.querySelector("[data-count-picked]").textContent = picked.size;
  form.querySelector("[data-pick-all]").hidden = !rows.querySelector(".rows-rest a");
  const reuse = form.querySelector("[data-reuse]");
  reuse.hidden = picked.size !== 1;
  const cover = form.querySelector("[data-alone]");
  if (cover) cover.hidden = picked.size !== 1;
  const compare = form.querySelector("[data-compare]");
  compare.hidden = compare.disabled = picked.size < 2 || picked.size > 4;
  if (picked.size === 1) reuse.href = form.dataset.like + [...picked][0];
  form.querySelectorAll(".select-acts :is(button, summary)").forEach((control) => {
    control.classList.toggle("off", !picked.size);
  });
  const button = document.querySelector("[data-select]");
  if (button) button.ariaPressed = isOn();
};

const set = (cell, has) => {
  if (has) picked.add(keyOf(cell));
  else picked.delete(keyOf(cell));
  anchor = keyOf(cell);
};

const setRange = (to, has = true) => {
  const all = cells();
  const from = all.findIndex((cell) => keyOf(cell) === anchor);
  const end = all.indexOf(to);
  if (from < 0) return set(to, has);
  const [first, last] = from < end ? [from, end] : [end, from];
  all.slice(first, last + 1).forEach((cell) => {
    if (has) picked.add(keyOf(cell));
    else picked.delete(keyOf(cell));
  });
};

const toggle = (cell, isRange) => {
  const has = !picked.has(keyOf(cell));
  if (isRange && anchor) setRange(cell);
  else set(cell, has);
  show();
};

const clear = () => {
  picked.clear();
  anchor = null;
  isSelecting = false;
  form.querySelector("[data-too-many]").hidden = true;
  form.querySelectorAll("details[open]").forEach((menu) => (menu.open = false));
  show();
};

const pickLoaded = () => {
  cells().forEach((cell) => picked.add(keyOf(cell)));
  show();
};

const pickMatching = async () => {
  try {
    const answer = await fetch(form.dataset.keys, { signal: session.within() });
    if (!answer.ok || answer.redirected) return session.recover().catch(session.tell);
    const { keys, is_more: isMore } = await answer.json();
    picked = new Set(keys.map(String));
    form.querySelector("[data-too-many]").hidden = !isMore;
    show();
  } catch (error) {
    trouble.show(trouble.kindOfError(error));
  }
};

/* --- Mouse and finger */

const click = (event) => {
  const cell = cellOf(event.target);
  if (isSwallowed) {
    event.preventDefault();
    event.stopPropagation();
    return;
  }
  if (!cell || event.target.closest("[data-picture-actions]")) return;
  isShift = event.shiftKey;
  if (event.target.closest(".pick")) return; // its change follows
  if (!isOn() || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  event.stopPropagation();
  toggle(cell, event.shiftKey);
};

const swallow = () => {
  isSwallowed = true;
  setTimeout(() => (isSwallowed = false), 0);
};

/* --- Keys */

const go = (cell, name, isExtending) => {
  const to = nextTo(cells(), cell, name);
  if (!to) return;
  if (isExtending) {
    if (!picked.size) set(cell, true);
    setRange(to);
    show();
  }
  to.querySelector("a, input").focus({ preventScroll: true, focusVisible: true });
  to.scrollIntoView({ block: "nearest" });
};

const taken = (event) => {
  event.preventDefault();
  event.stopPropagation();
};

/* At once: what is typed next is for its field, and no key of its own. */
const openMenu = (event, name, cell) => {
  taken(event);
  if (!picked.size) toggle(cell);
  const menu = form.querySelector(`[data-key=${name}]`).parentElement;
  menu.open = true;
  menu.querySelector("[type=text]").focus();
};

const pressed = (event) => {
  const { target } = event;
  if (isComposing(event) || isTyping(target) || target.closest?.("dialog")) return;
  const name = nameOf(event);
  const cell = cellOf(document.activeElement);
  if ((event.ctrlKey || event.metaKey) && name === "a") {
    taken(event);
    pickLoaded();
  }
  if (hasModifier(event)) return;
  const isMenu = document.querySelector("details.menu[open]");
  if (name === "Escape" && !isMenu && isOn()) {
    taken(event);
    clear();
  } else if (cell && (name === "x" || (name === " " && target.matches("a.frame")))) {
    taken(event);
    if (!event.repeat) toggle(cell);
  } else if (cell && name.startsWith("Arrow") && !target.closest("[data-picture-actions]")) {
    taken(event);
    go(cell, name, event.shiftKey);
  } else if (/^([0-5bft]|Delete|Backspace)$/.test(name)) {
    alone = picked.size ? null : cell && keyOf(cell);
    if (!picked.size && !alone) return taken(event);
    if (["b", "t"].includes(name)) return openMenu(event, name, cell);
    if (name === "Backspace" && !event.repeat) form.querySelector("[data-key=Delete]").click();
  }
};

/* --- The bar */

const named = () => [...(picked.size ? picked : alone ? [alone] : [])].join(",");

const download = async (button) => {
  try {
    if (!(await session.recover())) return;
  } catch (error) {
    return session.tell(error);
  }
  const action = form.getAttribute("action");
  const boxes = [...form.elements].filter(({ name }) => name === "picture");
  form.elements.pictures.value = named();
  boxes.forEach((box) => (box.disabled = true));
  session.renew(form);
  form.action = button.getAttribute("formaction");
  form.submit();
  form.action = action;
  boxes.forEach((box) => (box.disabled = false));
};

const acted = () => {
  const told = document.querySelector("#acted [data-acted]");
  if (!told) return;
  const gone = bringUpToDate(rows, JSON.parse(told.dataset.acted));
  gone.forEach((key) => picked.delete(key));
  form.querySelectorAll("details[open]").forEach((menu) => {
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
    menu.open = false;
  });
  form.querySelectorAll("[type=text]").forEach((field) => {
    field.value = "";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  show();
};

if (form && rows) {
  rows.addEventListener("click", click, true);
  longPress(rows, {
    cellAt: (target) => (isOn() ? null : cellOf(target)),
    begin: () => (isSwallowed = false), // this press has a click of its own
    hold: (cell) => {
      isSwallowed = true;
      toggle(cell);
    },
    end: () => setTimeout(() => (isSwallowed = false), 50),
  });
  rows.addEventListener("change", ({ target }) => {
    const cell = cellOf(target);
    if (!cell) return;
    if (isShift && anchor) setRange(cell, target.checked);
    else set(cell, target.checked);
    isShift = false;
    show();
  });
  band(rows, document.querySelector("[data-band]"), {
    begin: (isMore) => new Set(isMore ? picked : []),
    cells,
    pick: (base, hit) => {
      picked = new Set([...base, ...hit.map(keyOf)]);
      show();
    },
    end: swallow,
  });
  window.addEventListener("keydown", pressed, true);
  document.addEventListener("click", ({ target }) => {
    if (target.closest("[data-unpick]")) clear();
    if (target.closest("[data-pick-all]")) pickMatching();
    if (target.closest("[data-select]")) {
      if (isOn()) return clear();
      isSelecting = true;
      show();
    }
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-plain]");
    if (!button) return;
    event.preventDefault();
    download(button);
  });
  form.addEventListener("submit", () => (form.elements.pictures.value = named()), true);
  form.addEventListener("htmx:configRequest", ({ detail, target }) => {
    if (target === form) delete detail.parameters.picture; // all of them are named at once
  });
  document.addEventListener("htmx:afterSwap", ({ target }) => {
    if (target.id === "acted") acted();
  });
  document.addEventListener("htmx:afterSettle", show);
  show();
}
