/* One press, one action: not a held key, not a double click, and a form's next key only
   once the one that sent it was let go, or the form is another. */

let isHeld = false;
let waiting = null; // a fresh submit key

const takeKey = () => {
  const field = document.getElementById("submit-key");
  if (field && waiting) field.value = waiting;
  waiting = null;
};

const release = () => {
  isHeld = false;
  takeKey();
};

window.addEventListener(
  "keydown",
  (event) => {
    if (event.key !== "Enter") return;
    const isNewLine = event.target.matches?.("textarea") && !event.ctrlKey && !event.metaKey;
    if (event.repeat && !isNewLine) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
    // A Mac tells of no key that is let go while Cmd is down.
    if (event.metaKey && !event.repeat) release();
    isHeld = true;
  },
  true,
);
window.addEventListener("keyup", ({ key }) => ["Enter", "Meta"].includes(key) && release(), true);
window.addEventListener("pointerdown", () => (isHeld = true), true);
["pointerup", "pointercancel", "blur"].forEach((name) =>
  window.addEventListener(name, release, true),
);
["input", "change"].forEach((name) => document.addEventListener(name, takeKey));

document.addEventListener("htmx:oobBeforeSwap", (event) => {
  if (event.target.id !== "submit-key" || !isHeld) return;
  event.detail.shouldSwap = false;
  waiting = event.detail.fragment.querySelector("#submit-key").value;
});

/* Review has many items for one button, and a rule of its own. */
document.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest?.("button");
    if (event.detail < 2 || button?.type !== "submit") return;
    if (!button.form || button.form.matches("[data-moves-on]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);
