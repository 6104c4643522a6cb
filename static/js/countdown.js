/* Until when a lease holds and a decision can be undone: by the seconds that the server
   counted and a clock that nobody sets. */

const now = () => performance.now() / 1000;

/* As soon as it is there: it may be shown much later. */
export const note = (root) => {
  [root, ...root.querySelectorAll("[data-ends-in]")].forEach((element) => {
    if (element.dataset?.endsIn) renew(element, element.dataset.endsIn);
  });
};

export const renew = (element, seconds) => {
  element.dataset.endsAt = now() + Number(seconds);
  delete element.dataset.endsIn; // a copy of the element goes on counting
};

export const left = ({ dataset }) => Number(dataset.endsAt) - now();

export const clock = (seconds) => {
  const whole = Math.max(Math.round(seconds), 0);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};
