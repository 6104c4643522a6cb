/* Fields that ask for something else than the generation that the form repeats are marked,
   with what it was there. */

export const begin = (list) => {
  document.querySelectorAll("#ask .differs").forEach((field) => {
    field.classList.remove("differs");
    field.removeAttribute("title");
  });
  list.querySelectorAll("[data-differs]").forEach((change) => {
    const { differs } = change.dataset;
    const place = differs === "operation" ? "picker" : `field-${differs}`;
    const field = document.getElementById(place);
    field?.classList.add("differs");
    field?.setAttribute("title", change.textContent);
  });
};
