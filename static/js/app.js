/* What HTML and htmx cannot say. Nothing here builds HTML. */

import "./one_press.js";
import "./requests.js";
import "./drafts.js";
import "./focus.js";
import "./notices.js";
import { hasModifier, isComposing, isTyping, nameOf } from "./keys.js";
import { isRecovering } from "./session.js";
import * as trouble from "./trouble.js";

const VISIBLE_TICK = 1200;
const HIDDEN_TICK = 8000;
const SOON = 500; // a refusal is known that quickly
const TOAST_LIFE = 7000;
const root = document.documentElement;
root.classList.add("js");

/* One tick for everything on the page that moves; slower where nobody looks. */
const ask = () => document.body.dispatchEvent(new CustomEvent("poll-tick"));
const tick = () => {
  if (!isRecovering()) ask();
  setTimeout(tick, document.hidden ? HIDDEN_TICK : VISIBLE_TICK);
};
setTimeout(tick, VISIBLE_TICK);
document.addEventListener("submitted", () => setTimeout(ask, SOON));

/* What moves no more is asked for once, when somebody looks at the page again. */
const look = () => {
  if (document.hidden || isRecovering()) return;
  document.body.dispatchEvent(new CustomEvent("page-seen"));
};
document.addEventListener("visibilitychange", look);
addEventListener("focus", look);
addEventListener("pageshow", ({ persisted }) => persisted && look());

document.addEventListener("htmx:oobBeforeSwap", ({ detail: { fragment, target } }) => {
  if (target.id === "poller") {
    // Its answer under way tells of what was there before: the new one asks again.
    target.addEventListener("htmx:beforeOnLoad", (event) => event.preventDefault());
  }
  if (target.id !== "generations") return;
  // A card that comes anew replaces its copy: two answers may bring the same one.
  fragment.querySelectorAll("article[id]").forEach(({ id }) => {
    document.getElementById(id)?.remove();
  });
});

/* Characters as the server counts them: code points, a line break is one. */
const count = (field) => {
  const output = document.getElementById(field.dataset.count);
  if (!output) return;
  const length = [...field.value.replaceAll("\r\n", "\n").trim()].length;
  output.querySelector("[data-used]").textContent = length;
  const limit = Number(output.querySelector("[data-limit]").dataset.limit);
  output.classList.toggle("over", length > limit);
};
const countAll = () => document.querySelectorAll("[data-count]").forEach(count);

const step = (button) => {
  const input = button.parentElement.querySelector("input");
  if (Number(button.dataset.step) > 0) input.stepUp();
  else input.stepDown();
  input.dispatchEvent(new Event("input", { bubbles: true }));
};

const copy = async (button) => {
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
  } catch {
    // Over plain http there is none, or it is not allowed.
    getSelection().selectAllChildren(source);
    if (!document.execCommand("copy")) return trouble.show("copy");
    getSelection().removeAllRanges();
  }
  button.classList.add("copied");
  setTimeout(() => button.classList.remove("copied"), 1500);
};

const fold = () => {
  const narrow = root.dataset.side !== "narrow";
  if (narrow) root.dataset.side = "narrow";
  else delete root.dataset.side;
  const days = narrow ? 365 : 0;
  document.cookie = `side=narrow; path=/; max-age=${days * 86400}; samesite=lax`;
};

const expireToasts = () => {
  document.querySelectorAll(".toast:not([data-seen])").forEach((toast) => {
    toast.dataset.seen = "";
    if (!toast.classList.contains("stopped")) {
      setTimeout(() => toast.remove(), TOAST_LIFE);
    }
  });
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  document.querySelectorAll("details.menu[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  if (!button) return;
  if (button.dataset.step) step(button);
  if (button.dataset.copy) copy(button);
  if (button.dataset.fold !== undefined) fold();
  if (button.dataset.dismiss !== undefined) button.closest(".toast").remove();
});

/* Only what has the words in it; what is picked always stays. */
const filter = (field) => {
  const words = field.value.trim().toLowerCase();
  const listed = ":is(label, button)";
  document.querySelectorAll(`#${field.dataset.filter} > ${listed}`).forEach((label) => {
    const input = label.querySelector("input");
    const isPicked = input?.checked || (input?.type === "number" && +input.value !== 0);
    const text = `${label.textContent} ${label.title}`.toLowerCase();
    label.hidden = !isPicked && !text.includes(words);
  });
  document.querySelectorAll(`#${field.dataset.filter} > p`).forEach((theme) => {
    let row = theme.nextElementSibling;
    while (row?.matches(`${listed}[hidden]`)) row = row.nextElementSibling;
    theme.hidden = !row?.matches(listed);
  });
  const found = `#${field.dataset.filter} > ${listed}:not([hidden])`;
  const none = document.querySelector(`#${field.dataset.filter} + .no-results`);
  if (none) none.hidden = Boolean(document.querySelector(found));
};

document.addEventListener("input", (event) => {
  if (event.target.dataset?.count) count(event.target);
  if (event.target.dataset?.filter) filter(event.target);
});

/* Keys: a link or button that names its key is pressed by it. */
document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (isComposing(event)) return;
  if (key === "Enter" && (event.ctrlKey || event.metaKey) && target.form) {
    event.preventDefault();
    target.form.requestSubmit();
    return;
  }
  const name = nameOf(event);
  const menu = name === "Escape" && document.querySelector("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
    return;
  }
  if (!name || hasModifier(event) || isTyping(target) || target.closest?.("dialog")) return;
  const control = document.querySelector(`[data-key="${CSS.escape(name)}"]`);
  if (!control) return;
  event.preventDefault();
  if (!event.repeat) control.click();
});

/* A new try begins without the marks of the last one. */
document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.detail.elt;
  if (!form.matches("form")) return;
  form.querySelectorAll(".error").forEach((error) => error.remove());
  form
    .querySelectorAll("[aria-invalid]")
    .forEach((field) => field.removeAttribute("aria-invalid"));
});

document.addEventListener("htmx:afterSettle", () => {
  countAll();
  expireToasts();
});

countAll();
expireToasts();
