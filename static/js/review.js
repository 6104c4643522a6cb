/* Keys of the single view that app.js does not know: the numbered reasons, and the switch
   that turns all keys off. Everything here is also a button. */
(() => {
  "use strict";

  const OFF = "review-keys-off";
  const isOff = () => localStorage.getItem(OFF) === "1";
  const isTyping = (element) =>
    element.closest("input:not([type=radio], [type=checkbox]), textarea, select");
  const hasModifier = (event) => event.ctrlKey || event.metaKey || event.altKey;

  const showSwitch = () => {
    const box = document.getElementById("keys-off");
    if (box) box.checked = isOff();
    document.documentElement.classList.toggle("keys-off", isOff());
  };

  /* Before app.js hears of it. */
  window.addEventListener(
    "keydown",
    (event) => {
      if (hasModifier(event) || isTyping(event.target)) return;
      const key = CSS.escape(event.key);
      if (isOff()) {
        if (document.querySelector(`[data-key="${key}"]`)) event.stopPropagation();
        return;
      }
      const reason = document.querySelector(`details[open] [data-digit="${key}"]`);
      if (reason) {
        event.preventDefault();
        reason.click();
      }
    },
    true,
  );

  document.addEventListener("change", (event) => {
    if (event.target.id !== "keys-off") return;
    localStorage.setItem(OFF, event.target.checked ? "1" : "0");
    showSwitch();
  });

  document.addEventListener("htmx:afterSettle", showSwitch);
  showSwitch();
})();
