/* Pictures that are pasted, or dropped from another window or from this page, go where a
   picture can go: into the field under them, else where the next reference goes. */

const FIELD = "fieldset:has(input[type=file])";
const MOST_BYTES = 95 * 1024 ** 2; // of one request; the portal takes 100 MB
const SPRING = 600; // ms over something closed: it opens

const form = () => document.getElementById("ask");
const inputOf = (field) => field?.querySelector("input[type=file]");
const fieldAt = (element) => element?.closest?.(`#ask ${FIELD}`);

/* Of the main fields the first that is empty, else the last. */
const nextInput = () => {
  const fields = [...document.querySelectorAll(`#references ${FIELD}`)];
  return inputOf(fields.find((field) => !field.querySelector(".upload")) ?? fields.at(-1));
};

/* As many as one request takes; the rest follow it. */
const portion = (files) => {
  let size = 0;
  const fits = files.findIndex((file) => (size += file.size) > MOST_BYTES);
  return fits < 0 ? files.length : Math.max(fits, 1);
};

const send = (input, files) => {
  const given = new DataTransfer();
  const most = input.multiple ? portion(files) : 1;
  files.slice(0, most).forEach((file) => given.items.add(file));
  const rest = input.multiple ? files.slice(most) : [];
  const { id } = input.closest("fieldset");
  const goOn = ({ detail: { successful } }) => {
    const again = () => send(inputOf(document.getElementById(id)), rest);
    if (successful) document.addEventListener("htmx:afterSettle", again, { once: true });
  };
  if (rest.length) input.addEventListener("htmx:afterRequest", goOn);
  input.files = given.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
};

document.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  const field = fieldAt(document.activeElement);
  const input = inputOf(field) ?? nextInput();
  // A text that was copied with its picture is pasted as a text.
  const isMeant = field || files.some(({ type }) => type.startsWith("image/"));
  if (!files.length || !input || !isMeant) return;
  event.preventDefault();
  send(input, files);
});

/* --- Dropped */

/* A picture of the portal, by its link. */
const OWN = /\/artworks\/(\d+)\//;
const kindOf = ({ dataTransfer }) =>
  ["Files", "text/uri-list"].find((kind) => dataTransfer?.types.includes(kind));

const take = (input, dataTransfer) => {
  const files = [...dataTransfer.files];
  if (files.length) return send(input, files);
  const found = dataTransfer.getData("text/uri-list").match(OWN);
  if (!found) return;
  const { id } = input.closest("fieldset");
  const values = { field: id.replace("field-", ""), artwork: found[1] };
  const swap = { source: input, target: `#${id}`, swap: "outerHTML", values };
  htmx.ajax("POST", input.getAttribute("hx-post"), swap);
};

const show = (place) => {
  document.querySelectorAll(".dropping").forEach((each) => {
    if (each !== place) each.classList.remove("dropping");
  });
  place?.classList.add("dropping");
};

let over = null; // what is closed, under the pointer
const spring = (target) => {
  const closed = target.closest?.("details:not([open]) > summary, [popovertarget=settings]");
  if (closed === over) return;
  over = closed;
  const isOpen = () => document.querySelector("#settings:popover-open");
  setTimeout(() => {
    if (closed && over === closed && !(closed.matches("button") && isOpen())) closed.click();
  }, SPRING);
};

document.addEventListener("dragover", (event) => {
  const kind = kindOf(event);
  if (!kind) return;
  const field = fieldAt(event.target);
  if (kind === "Files" || field) event.preventDefault();
  show(field ?? (kind === "Files" ? form() : null));
  spring(event.target);
});
["dragleave", "drop", "dragend"].forEach((name) =>
  document.addEventListener(name, (event) => {
    if (name === "dragleave" && event.relatedTarget) return;
    over = null;
    show(null);
  }),
);
document.addEventListener("drop", (event) => {
  const kind = kindOf(event);
  const field = fieldAt(event.target);
  if (!kind || (kind !== "Files" && !field)) return;
  event.preventDefault(); // the browser would leave the page for the file
  const input = inputOf(field) ?? nextInput();
  if (input) take(input, event.dataTransfer);
});

/* --- How much of them has arrived */

document.addEventListener("htmx:xhr:progress", ({ target, detail }) => {
  const field = target.closest(FIELD);
  if (!field || !target.matches("[type=file]") || !detail.lengthComputable) return;
  const sent = Math.max(detail.loaded / detail.total, field.dataset.sent ?? 0);
  field.dataset.sent = sent;
  field.style.setProperty("--sent", sent);
  field.setAttribute("aria-busy", "true");
});
document.addEventListener("htmx:afterRequest", ({ target }) => {
  const field = target.closest?.(FIELD);
  field?.removeAttribute("aria-busy");
  delete field?.dataset.sent;
});
