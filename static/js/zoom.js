/* Zoom and pan by wheel, drag, pinch and double click. Every frame of ``root`` shows the
   same part of its picture. */

const MOST = 16;
const STEP = 1.5;

export const zoomed = (root, frameSelector, { isHeld = () => false, isClicked = false } = {}) => {
  let view = { scale: 1, x: 0, y: 0 }; // x, y: of the frame's width and height
  const fingers = new Map();
  const frameOf = (target) => target.closest?.(frameSelector);
  const firstFrame = () =>
    root.matches(frameSelector) ? root : root.querySelector(frameSelector);

  const show = () => {
    root.style.setProperty("--scale", view.scale);
    root.style.setProperty("--x", view.x);
    root.style.setProperty("--y", view.y);
    root.classList.toggle("zoomed", view.scale > 1);
  };

  const bounded = ({ scale, x, y }) => {
    const most = (scale - 1) / 2;
    const within = (part) => Math.min(Math.max(part, -most), most);
    return { scale, x: within(x), y: within(y) };
  };

  /* ``px`` and ``py``: what stays where it is, from the middle of the frame. */
  const to = (scale, px = 0, py = 0) => {
    const next = Math.min(Math.max(scale, 1), MOST);
    const by = next / view.scale;
    view = bounded({ scale: next, x: px - (px - view.x) * by, y: py - (py - view.y) * by });
    show();
  };

  const placeIn = (frame, { clientX, clientY }) => {
    const box = frame.getBoundingClientRect();
    return [(clientX - box.left) / box.width - 0.5, (clientY - box.top) / box.height - 0.5];
  };

  /* The scale at which a pixel of the picture is one of the screen. */
  const full = (frame) => {
    const picture = frame.querySelector("img");
    const { naturalWidth: width, naturalHeight: height } = picture;
    const fitted = Math.min(picture.offsetWidth / width, picture.offsetHeight / height);
    return 1 / (fitted * devicePixelRatio);
  };

  const move = (frame, dx, dy) => {
    const x = view.x + dx / frame.clientWidth;
    view = bounded({ ...view, x, y: view.y + dy / frame.clientHeight });
    show();
  };

  root.addEventListener(
    "wheel",
    (event) => {
      const frame = frameOf(event.target);
      if (!frame) return;
      event.preventDefault();
      to(view.scale * Math.exp(-event.deltaY / 400), ...placeIn(frame, event));
    },
    { passive: false },
  );
  /* At the pointer, if there is one. */
  const toggle = (event) => {
    const frame = (event && frameOf(event.target)) || firstFrame();
    const place = event ? placeIn(frame, event) : [];
    to(view.scale > 1 ? 1 : Math.max(full(frame), 2), ...place);
  };

  root.addEventListener("dblclick", (event) => {
    if (!isClicked && frameOf(event.target)) toggle(event);
  });
  root.addEventListener("pointerdown", (event) => {
    const frame = frameOf(event.target);
    if (!frame || event.button || isHeld(event)) return;
    fingers.set(event.pointerId, event);
    frame.setPointerCapture(event.pointerId);
  });
  root.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    const frame = frameOf(event.target);
    if (!before || !frame) return;
    const other = [...fingers.values()].find((each) => each.pointerId !== event.pointerId);
    fingers.set(event.pointerId, event);
    if (!other) {
      return move(frame, event.clientX - before.clientX, event.clientY - before.clientY);
    }
    const apart = (one) =>
      Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1;
    const middle = {
      clientX: (event.clientX + other.clientX) / 2,
      clientY: (event.clientY + other.clientY) / 2,
    };
    to((view.scale * apart(event)) / apart(before), ...placeIn(frame, middle));
  });
  ["pointerup", "pointercancel"].forEach((name) => {
    root.addEventListener(name, ({ pointerId }) => fingers.delete(pointerId));
  });

  return {
    isZoomed: () => view.scale > 1,
    fit: () => to(1),
    full: () => to(full(firstFrame())),
    toggle,
    toggleFull: () => to(view.scale > 1 ? 1 : full(firstFrame())),
    step: (way) => to(view.scale * STEP ** way),
    pan: (dx, dy) => move(firstFrame(), dx, dy),
  };
};
