/* Presets and prompts over Create: what is used comes into the form, and the sheet goes. */

export const begin = (dialog) => {
  dialog.addEventListener("click", ({ target }) => {
    if (target === dialog || target.closest("[data-close]")) dialog.close();
  });
  const settle = ({ target }) => {
    // Not on a button of whichever row took the place of the one that was pressed.
    const isAstray = document.activeElement.closest(".kept-row, [data-close]");
    if (target.id === "sheet-part" && isAstray) dialog.querySelector("a.chip").focus();
    if (target.id !== "ask") return;
    dialog.close();
    const field = document.querySelector("#blanks input:not([type=hidden])");
    (field ?? document.getElementById("id_prompt")).focus();
  };
  document.addEventListener("htmx:afterSettle", settle);
  dialog.addEventListener("close", () => {
    document.removeEventListener("htmx:afterSettle", settle);
    dialog.remove();
  });
  dialog.showModal();
};
