/* What a key means, whatever the layout, and whose it is. */

export const isTyping = (element) =>
  element.closest?.("input:not([type=radio], [type=checkbox]), textarea, select");

export const hasModifier = (event) => event.ctrlKey || event.metaKey || event.altKey;

/* An input method's own keys. Where nothing is typed, nothing is composed. */
export const isComposing = (event) =>
  event.isComposing || Boolean(event.keyCode === 229 && isTyping(event.target));

const UNNAMED = new Set(["Process", "Unidentified", "Dead"]);

/* Of a US keyboard: what the key stands for where the layout has no Latin letters. */
const byPlace = ({ code = "", shiftKey }) => {
  if (code === "Slash" && shiftKey) return "?";
  return code.match(/^(?:Key|Digit|Numpad)([A-Z0-9])$/)?.[1].toLowerCase() ?? "";
};

/* "a", "1", "?", "Escape", "ArrowLeft": with Caps Lock, full-width, in any script. */
export const nameOf = (event) => {
  const { key = "" } = event;
  if ([...key].length > 1) return UNNAMED.has(key) ? byPlace(event) : key;
  const plain = key.normalize("NFKC").toLowerCase();
  if (/^[a-z0-9?]$/.test(plain)) return plain;
  // The upper row of a French keyboard has its digits with Shift only.
  const isShifted = event.shiftKey && plain < "\x7f";
  return isShifted ? plain : byPlace(event) || plain;
};
