/* What is typed is kept in this tab, for this person, until it is typed over: through a
   reload, a session that ended, and an answer that never came. A form names its draft;
   that of the prompt has one for each operation. */

const PREFIX = `draft:${document.body.dataset.person}:`;
const UNKEPT = new Set(["hidden", "file", "password", "submit", "button", "search"]);

const nameOf = (form) => {
  const operation = form.querySelector("[name=operation]")?.value;
  return PREFIX + form.dataset.draft + (operation ? `:${operation}` : "");
};
const here = () => location.pathname + location.search;
const isBack = () =>
  performance.getEntriesByType("navigation")[0]?.type === "back_forward";

const read = (name) => JSON.parse(sessionStorage.getItem(name) ?? "null");
const write = (name, draft) => {
  try {
    sessionStorage.setItem(name, JSON.stringify(draft));
  } catch {
    // full: what is typed stays on the page alone
  }
};

/* Not by ``form.elements``: an operation has a field of that name. */
const fieldsOf = (form) =>
  [...form.querySelectorAll("input[name], select[name], textarea[name]")].filter(
    ({ type, dataset }) => !UNKEPT.has(type) || "kept" in dataset,
  );
const named = (form, name) => fieldsOf(form).filter((field) => field.name === name);
const isChosen = ({ type, checked }) => !["radio", "checkbox"].includes(type) || checked;
const valuesOf = (field) =>
  field.multiple && field.selectedOptions
    ? [...field.selectedOptions].map(({ value }) => value)
    : [field.value];
const typed = (form) =>
  fieldsOf(form)
    .filter(isChosen)
    .flatMap((field) => valuesOf(field).map((value) => [field.name, value]));

let isFilling = false;

const keep = (form) => {
  if (!isFilling) write(nameOf(form), { values: typed(form), address: here() });
};

const fill = (form, values) => {
  isFilling = true;
  for (const [name, value] of values) {
    const [field] = named(form, name);
    if (["radio", "checkbox"].includes(field?.type)) {
      const chosen = named(form, name).find((each) => each.value === value);
      if (chosen) chosen.checked = true;
    } else if (field && field.value !== value) {
      field.value = value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
  isFilling = false;
};

/* --- The prompt's form: what depends on its choices comes from the server. */

const isPrompt = ([name]) => name === "prompt" || name.startsWith("fill:");

const restorePrompt = async (form, { values, address }) => {
  const names = [...new URLSearchParams(location.search).keys()];
  const isAnother = names.some((name) => name !== "operation") && address !== here();
  if (isAnother) return; // it came with values of its own
  const others = (all) => all.filter((one) => !isPrompt(one));
  fill(form, values.filter(isPrompt));
  if (JSON.stringify(others(values)) === JSON.stringify(others(typed(form)))) return;
  const operation = form.querySelector("[name=operation]").value;
  const sent = { operation };
  others(values).forEach(([name, value]) => (sent[name] ??= []).push(value));
  const swap = { target: "#operation-fields", swap: "outerHTML", values: sent };
  await htmx.ajax("POST", form.dataset.fields, swap);
  keep(form);
};

/* --- All others: one object, one form. */

const restoreText = (form, { values }) => {
  const texts = values.filter(([name, value]) => value && named(form, name)[0]?.value === "");
  fill(form, texts);
  const folded = texts.length && form.closest("details");
  if (folded) folded.open = true;
};

const restored = new WeakSet();

export const restore = (root = document) => {
  root.querySelectorAll("form[data-draft]:not([data-fields])").forEach((form) => {
    if (restored.has(form)) return;
    restored.add(form);
    const draft = read(nameOf(form));
    if (draft && (!draft.isSent || isBack())) restoreText(form, draft);
  });
};

const forget = (isGone) =>
  Object.keys(sessionStorage)
    .filter((name) => name.startsWith(PREFIX) && isGone(read(name)))
    .forEach((name) => sessionStorage.removeItem(name));

export const forgetAll = () => forget(() => true);

["input", "change"].forEach((name) =>
  document.addEventListener(name, ({ target }) => {
    if (target.form?.matches("[data-draft]") && fieldsOf(target.form).includes(target)) {
      keep(target.form);
    }
  }),
);

/* A page of the portal follows a form that arrived; an error of a server in between has
   no script, and one comes back from it. */
document.addEventListener("submit", ({ target: form, defaultPrevented }) => {
  if (form.matches("[data-sign-out]")) return forgetAll();
  const draft = form.matches("[data-draft]:not([hx-post])") && read(nameOf(form));
  if (draft && !defaultPrevented) write(nameOf(form), { ...draft, isSent: true });
});

document.addEventListener("htmx:afterSettle", ({ target }) => {
  restore();
  const form = target.closest?.("form[data-fields]");
  // Uploads, and what another choice changed; a prompt goes on to another operation.
  if (form && (read(nameOf(form)) || named(form, "prompt")[0]?.value)) keep(form);
});

/* Once: a refused form comes back with all that was typed, and with its errors. */
const prompt = document.querySelector("form[data-fields]");
const draft = prompt && read(nameOf(prompt));
if (draft) restorePrompt(prompt, draft);
restore();
if (!isBack()) forget(({ isSent }) => isSent);
