/* A rubber band that is drawn with the mouse, from anywhere between or on pictures. */

const LEAST = 6; // px until a press is a band
const EDGE = 40; // px from the window's edge where it scrolls

const draw = (box, { left, top, right, bottom }) => {
  box.style.left = `${left}px`;
  box.style.top = `${top}px`;
  box.style.width = `${right - left}px`;
  box.style.height = `${bottom - top}px`;
};

const isHit = (cell, frame) => {
  const at = cell.getBoundingClientRect();
  return (
    at.left < frame.right &&
    at.right > frame.left &&
    at.top < frame.bottom &&
    at.bottom > frame.top
  );
};

const scroll = (y) => {
  if (y < EDGE) scrollBy(0, -EDGE / 2);
  else if (y > innerHeight - EDGE) scrollBy(0, EDGE / 2);
};

export const band = (rows, box, { begin, cells, pick, end }) => {
  let from = null; // x and y as of the top of the page
  let base = null;

  const move = (event) => {
    if (!from) return;
    const x = event.clientX;
    const y = event.clientY;
    const startX = from.x;
    const startY = from.y - scrollY;
    if (!base && Math.hypot(x - startX, y - startY) < LEAST) return;
    if (!base) {
      base = begin(event.shiftKey || event.ctrlKey || event.metaKey);
      box.hidden = false;
      rows.setPointerCapture(event.pointerId);
    }
    const frame = {
      left: Math.min(x, startX),
      right: Math.max(x, startX),
      top: Math.min(y, startY),
      bottom: Math.max(y, startY),
    };
    draw(box, frame);
    const hit = cells().filter((cell) => isHit(cell, frame));
    pick(base, hit);
    scroll(y);
  };

  const stop = () => {
    if (base) end();
    from = null;
    base = null;
    box.hidden = true;
  };

  rows.addEventListener("dragstart", (event) => event.preventDefault());
  rows.addEventListener("pointerdown", (event) => {
    const isControl = event.target.closest(".pick, button, [data-picture-actions]");
    if (event.pointerType !== "mouse" || event.button || isControl) return;
    from = { x: event.clientX, y: event.clientY + scrollY };
  });
  rows.addEventListener("pointermove", move);
  rows.addEventListener("pointerup", stop);
  rows.addEventListener("pointercancel", stop);
};
