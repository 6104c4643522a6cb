/* A finger that rests on a picture. */

const LONG_PRESS = 450;
const SLACK = 10; // px that a resting finger may move

/* ``cellAt``: what a press at this element may hold; ``end``: after it was held. */
export const longPress = (rows, { cellAt, begin, hold, end }) => {
  let press = null;
  const stop = () => {
    clearTimeout(press?.timer);
    press = null;
  };

  rows.addEventListener("pointerdown", ({ pointerType, target, clientX, clientY }) => {
    stop();
    begin();
    const cell = pointerType === "touch" ? cellAt(target) : null;
    if (!cell) return;
    const timer = setTimeout(() => {
      press.isLong = true;
      hold(cell);
    }, LONG_PRESS);
    press = { timer, x: clientX, y: clientY };
  });
  rows.addEventListener("pointermove", ({ clientX, clientY }) => {
    if (press && Math.hypot(clientX - press.x, clientY - press.y) > SLACK) stop();
  });
  ["pointerup", "pointercancel"].forEach((name) =>
    rows.addEventListener(name, () => {
      if (press?.isLong) end();
      stop();
    }),
  );
  rows.addEventListener("contextmenu", (event) => press && event.preventDefault());
};
