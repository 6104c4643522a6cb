/* Modes and choice without a reload; the address says what is shown. Nothing here builds
   HTML: another order is drawn by the server. */

import { hasModifier } from "./keys.js";
import { zoomed } from "./zoom.js";

const root = document.querySelector("[data-compare]");
const view = zoomed(root, ".compare-frame");
const find = (selector) => root.querySelector(selector);

const address = () => new URL(location.href);

const show = () => {
  const { mode, at } = root.dataset;
  const other = Math.max(Number(at), 2);
  root.querySelectorAll("[data-place]").forEach((figure) => {
    figure.classList.toggle("other", Number(figure.dataset.place) === other);
  });
  root.querySelectorAll("a[data-mode], a[data-at]").forEach((link) => {
    const isShown = link.dataset.mode === mode || link.dataset.at === at;
    if (isShown) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  });
};

/* Every link of the page keeps what was chosen on it. */
const put = (name, value) => {
  root.dataset[name] = value;
  const now = address();
  now.searchParams.set(name, value);
  history.replaceState(history.state, "", now);
  root.querySelectorAll('a[href^="?"]').forEach((link) => {
    if (name in link.dataset) return;
    const url = new URL(link.href);
    const isSwap = name === "at" && "swap" in link.dataset;
    if (!isSwap) url.searchParams.set(name, value);
    link.href = url.search;
  });
  show();
};

const places = () => [...root.querySelectorAll("[data-place]")];

/* The chosen picture changes places with its neighbour; the server draws that order. */
const swap = (way) => {
  const from = Number(root.dataset.at) - 1;
  const to = from + way;
  const now = address();
  const keys = places().map((figure) => figure.dataset.picture);
  if (to < 0 || to >= keys.length) return;
  [keys[from], keys[to]] = [keys[to], keys[from]];
  keys.forEach((key, place) => now.searchParams.set("abcd"[place], key));
  now.searchParams.set("at", to + 1);
  window.htmx.ajax("GET", now.pathname + now.search, {
    source: root,
    target: "#compared",
    select: "#compared",
    swap: "outerHTML",
  });
};

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (!root.contains(find("#compared")) || detail.target.id !== "compared") return;
  const now = new URL(detail.pathInfo.requestPath, location.href);
  history.replaceState(history.state, "", now);
  root.dataset.at = now.searchParams.get("at");
  split(Number.parseFloat(root.style.getPropertyValue("--split") || "50"));
  show();
});

const split = (percent) => {
  const input = find("[data-split]");
  input.value = Math.min(Math.max(percent, 0), 100);
  root.style.setProperty("--split", `${input.value}%`);
};

document.addEventListener("click", (event) => {
  if (hasModifier(event) || event.shiftKey || !root.contains(event.target)) return;
  const link = event.target.closest("a[data-mode], a[data-at], a[data-swap]");
  if (link) {
    event.preventDefault();
    if (link.dataset.mode) put("mode", link.dataset.mode);
    else if (link.dataset.at) put("at", link.dataset.at);
    else swap(Number(link.dataset.swap));
    return;
  }
  const button = event.target.closest("button");
  if (!button) return;
  const { zoom } = button.dataset;
  if (zoom === "full") view.full();
  else if (zoom === "0") view.fit();
  else if (zoom) view.step(Number(zoom));
  if ("flip" in button.dataset) {
    const isFlipped = find(".compare-pictures").classList.toggle("flipped");
    button.ariaPressed = isFlipped;
  }
});

root.addEventListener("input", ({ target }) => {
  if (target.matches("[data-split]")) split(Number(target.value));
});

/* The line itself is drawn, too. */
root.addEventListener("pointerdown", (event) => {
  if (!event.target.matches("[data-line]")) return;
  event.target.setPointerCapture(event.pointerId);
});
root.addEventListener("pointermove", ({ target, clientX, buttons }) => {
  if (!buttons || !target.matches("[data-line]")) return;
  const box = find(".compare-pictures").getBoundingClientRect();
  split(((clientX - box.left) / box.width) * 100);
});

show();
