/* The sentence on top that says why a request failed. All of them stand in the page. */

const box = document.getElementById("trouble");
const SAME = { 401: "signed-out", 408: "timeout", 410: "404", 431: "414" };
let of = null; // what it is about

export const clear = () => {
  if (box) box.hidden = true;
  of = null;
};

/* A request that nobody made on purpose (``isQuiet``) does not hide another's failure. */
export const show = (kind, { verb = "post", path = "", isQuiet = false } = {}) => {
  if (!box || (isQuiet && of && !of.isQuiet)) return;
  const sentences = [...box.querySelectorAll("[data-trouble]")];
  const has = (name) => sentences.some(({ dataset }) => dataset.trouble === name);
  const known = has(kind) ? kind : Number(kind) >= 500 ? "500" : "400";
  sentences.forEach((one) => (one.hidden = one.dataset.trouble !== known));
  box.hidden = false;
  of = { verb, path, isQuiet };
};

/* After a success: of the same request, or of one that was made on purpose. */
export const settle = ({ verb, path, isQuiet }) => {
  if (of && (of.path === path || (verb !== "get" && !isQuiet))) clear();
};

export const kindOfStatus = (status) => SAME[status] ?? String(status);

export const kindOfError = ({ name }) => {
  if (name === "TimeoutError") return "timeout";
  return navigator.onLine ? "none" : "offline";
};
