/* Brings the marks of shown pictures up to date with what an act, or its undoing, did.
   Returns the keys of pictures that left the list. */

const put = {
  favourite: (cell, value) => cell.classList.toggle("favourite", Boolean(value)),
  rating: (cell, value) => {
    const stars = cell.querySelector(".stars");
    if (!stars) return;
    stars.className = `stars stars-${Number(value)}`;
    stars.hidden = !value;
    stars.ariaLabel = value ? `${value}/5` : null;
  },
  gone: (cell, value) => {
    cell.hidden = Boolean(value);
  },
};

export const bringUpToDate = (rows, { mark, values, board }) => {
  if (!mark || (board && rows.dataset.board !== String(board))) return [];
  Object.entries(values).forEach(([key, value]) => {
    const cell = rows.querySelector(`[data-picture="${CSS.escape(key)}"]`);
    if (cell) put[mark](cell, value);
  });
  return mark === "gone" ? Object.keys(values).filter((key) => values[key]) : [];
};

/* --- A field with completions: arrows choose, Enter takes, Esc leaves them. */

const optionsOf = (field) => [
  ...document.querySelectorAll(`#${field.getAttribute("aria-controls")} [role=option]`),
];

const choose = (field, option) => {
  optionsOf(field).forEach((each) => (each.ariaSelected = each === option));
  if (option) {
    field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  } else field.removeAttribute("aria-activedescendant");
};

document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (!field.matches?.(".select-typed [type=text]") || event.isComposing) return;
  const options = field.matches("[data-combobox]") ? optionsOf(field) : [];
  const at = options.findIndex((each) => each.ariaSelected === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    const next = at < 0 && step < 0 ? options.length - 1 : at + step;
    choose(field, options[next]);
  } else if (event.key === "Enter") {
    event.preventDefault(); // the form's first button stands outside of the menu
    (options[at] ?? field.parentElement.querySelector("button")).click();
  } else if (event.key === "Escape" && at >= 0) {
    event.preventDefault();
    event.stopPropagation();
    choose(field, null);
  }
});

document.addEventListener("htmx:afterSettle", () => {
  document.querySelectorAll("[data-combobox]").forEach((field) => {
    field.ariaExpanded = optionsOf(field).length > 0;
    field.removeAttribute("aria-activedescendant");
  });
});

document.addEventListener(
  "toggle",
  ({ target }) => {
    if (!target.matches?.("details[data-menu]") || !target.open) return;
    target.querySelector("[type=text]")?.focus();
  },
  true,
);
