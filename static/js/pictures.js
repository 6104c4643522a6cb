/* One bar of actions for all pictures of a page: it is taken to the picture under the
   pointer or the focus; by a finger it opens as a sheet at the lower edge. */

import { comeBack } from "./strips_focus.js";

const bar = document.querySelector("[data-picture-actions]");

const take = (cell, isSheet) => {
  const { picture } = cell.dataset;
  bar.querySelectorAll("[data-href]").forEach((link) => {
    const name = link.matches("form") ? "action" : "href";
    link.setAttribute(name, link.dataset.href.replace(/(?<=[/=])0(?=\/|$)/, picture));
  });
  bar.classList.toggle("sheet", isSheet);
  bar.hidden = false;
  if (bar.parentElement !== cell) cell.append(bar);
};

const close = () => {
  bar.hidden = true;
};

if (bar) {
  document.addEventListener("pointerover", ({ target, pointerType }) => {
    if (pointerType !== "mouse" || bar.contains(document.activeElement)) return;
    const cell = target.closest("[data-picture]");
    if (cell) take(cell, false);
    else close();
  });
  document.addEventListener("focusin", ({ target }) => {
    const cell = target.closest("[data-picture]");
    if (bar.contains(target)) return;
    if (cell && target.matches(":focus-visible")) take(cell, false);
    else close();
  });
  document.addEventListener("click", (event) => {
    const more = event.target.closest(".frame-more");
    if (more) {
      event.preventDefault();
      take(more.parentElement, true);
      bar.querySelector("a").focus();
    } else if (bar.classList.contains("sheet") && !bar.contains(event.target)) {
      close();
    }
  });
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape" && bar.classList.contains("sheet")) close();
  });
}

comeBack();
