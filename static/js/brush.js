/* A mask is painted on its picture: by mouse, pen and finger (two fingers move and zoom
   the picture), or by keys. It is uploaded as if its file had been chosen. */

import { nameOf } from "./keys.js";
import { Strokes } from "./brush_strokes.js";

const MOST_SHOWN = 2048; // px of a side: a phone's canvas takes no more than it shows
const MOST_ZOOM = 8;
const STEP = 1.25;
const ARROWS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
const KEYS = { e: "erase", i: "invert", "+": "in", "=": "in", "-": "out" };

/* By the field and its picture: a brush that was closed goes on where it was. */
const painted = new Map();

export const begin = (dialog) => {
  const [width, height] = [Number(dialog.dataset.width), Number(dialog.dataset.height)];
  const find = (selector) => dialog.querySelector(selector);
  const [stage, paper, canvas] = [".brush-stage", ".brush-paper", "canvas"].map(find);
  const [tip, size] = [find(".brush-tip"), find("[data-size]")];
  const button = (name) => find(`[data-do=${name}]`);
  const key = `${dialog.dataset.field} ${find("img").src}`;
  if (!painted.has(key)) painted.set(key, new Strokes(width, height));
  const strokes = painted.get(key);
  const colour = getComputedStyle(dialog).getPropertyValue("accent-color");
  const shown = Math.min(1, MOST_SHOWN / Math.max(width, height));
  canvas.width = Math.round(width * shown);
  canvas.height = Math.round(height * shown);

  let zoom = 1;
  let place = [width / 2, height / 2]; // of the brush
  let stroke = null;
  const fingers = new Map();

  const draw = () => {
    strokes.drawOn(canvas, colour);
    button("undo").disabled = button("use").disabled = !strokes.done.length;
    button("redo").disabled = !strokes.undone.length;
  };

  const scale = () => paper.clientWidth / width; // screen px of one of the picture's
  const showTip = () => {
    const [x, y] = place.map((each) => each * scale());
    const across = Number(size.value) * scale();
    Object.assign(tip.style, {
      left: `${x - across / 2}px`,
      top: `${y - across / 2}px`,
      width: `${across}px`,
      height: `${across}px`,
    });
    tip.hidden = false;
  };

  const fit = () => {
    const room = [stage.clientWidth / width, stage.clientHeight / height];
    paper.style.width = `${Math.floor(width * Math.min(...room) * zoom)}px`;
    showTip();
  };

  /* What is at this place of the screen stays there. */
  const zoomTo = (next, at) => {
    const box = stage.getBoundingClientRect();
    const [x, y] = at ?? [box.left + box.width / 2, box.top + box.height / 2];
    const before = paper.getBoundingClientRect();
    zoom = Math.min(Math.max(next, 1), MOST_ZOOM);
    fit();
    const after = paper.getBoundingClientRect();
    const by = after.width / before.width;
    stage.scrollLeft += after.left + (x - before.left) * by - x;
    stage.scrollTop += after.top + (y - before.top) * by - y;
  };

  /* --- Strokes */

  const start = () => {
    const isErasing = button("erase").ariaPressed === "true";
    stroke = { points: [place], size: Number(size.value), isErasing };
    strokes.add(stroke);
    draw();
  };
  const goOn = () => {
    if (!stroke) return;
    stroke.points.push(place);
    draw();
  };
  const takeBack = () => {
    if (stroke) strokes.done.splice(strokes.done.indexOf(stroke), 1);
    stroke = null;
    draw();
  };

  const placeOf = ({ clientX, clientY }) => {
    const box = paper.getBoundingClientRect();
    return [(clientX - box.left) / scale(), (clientY - box.top) / scale()];
  };

  /* --- Pointers */

  const pinch = () => {
    const [[ax, ay], [bx, by]] = [...fingers.values()];
    return { at: [(ax + bx) / 2, (ay + by) / 2], wide: Math.hypot(ax - bx, ay - by) };
  };

  stage.addEventListener("pointerdown", (event) => {
    if (event.button > 0) return;
    event.preventDefault();
    stage.focus();
    stage.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    if (fingers.size > 1) return takeBack();
    place = placeOf(event);
    showTip();
    start();
  });
  stage.addEventListener("pointermove", (event) => {
    if (fingers.size === 2 && fingers.has(event.pointerId)) {
      const before = pinch();
      fingers.set(event.pointerId, [event.clientX, event.clientY]);
      const now = pinch();
      stage.scrollLeft -= now.at[0] - before.at[0];
      stage.scrollTop -= now.at[1] - before.at[1];
      return zoomTo((zoom * now.wide) / before.wide, now.at);
    }
    place = placeOf(event);
    showTip();
    if (fingers.has(event.pointerId)) goOn();
  });
  ["pointerup", "pointercancel"].forEach((name) =>
    stage.addEventListener(name, ({ pointerId }) => {
      fingers.delete(pointerId);
      stroke = null;
    }),
  );

  /* --- Buttons and keys */

  const use = () =>
    new Promise((resolve) => {
      const whole = document.createElement("canvas");
      strokes.mask(whole, "cutOut" in dialog.dataset);
      whole.toBlob(resolve, "image/png");
    }).then((blob) => {
      const input = document.querySelector(`#field-${dialog.dataset.field} [type=file]`);
      const given = new DataTransfer();
      given.items.add(new File([blob], "mask.png", { type: "image/png" }));
      input.files = given.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
      dialog.close();
    });

  const resize = (by) => {
    const now = Number(size.value);
    size.value = by > 1 ? Math.ceil(now * by) : Math.floor(now * by);
    showTip();
  };
  const acts = {
    undo: () => strokes.undo(),
    redo: () => strokes.redo(),
    invert: () => strokes.add({}),
    erase: () => (button("erase").ariaPressed = button("erase").ariaPressed !== "true"),
    in: () => zoomTo(zoom * STEP),
    out: () => zoomTo(zoom / STEP),
    cancel: () => dialog.close(),
    use,
  };
  const act = (name) => {
    acts[name]();
    draw();
  };

  dialog.addEventListener("click", ({ target }) => {
    const name = target.closest("[data-do]")?.dataset.do;
    if (name) act(name);
  });
  size.addEventListener("input", showTip);

  const move = ([x, y], isFar) => {
    const step = Math.max(Number(size.value) / 2, 1) * (isFar ? 4 : 1);
    const within = (value, most) => Math.min(Math.max(value, 0), most);
    place = [within(place[0] + x * step, width), within(place[1] + y * step, height)];
    showTip();
    tip.scrollIntoView({ block: "nearest", inline: "nearest" });
    goOn();
  };

  const onKey = (event) => {
    const name = nameOf(event);
    const isOnStage = event.target === stage;
    if (event.ctrlKey || event.metaKey) {
      if (name === "z") act(event.shiftKey ? "redo" : "undo");
      else if (name === "y") act("redo");
      else return;
    } else if (event.altKey) return;
    else if (isOnStage && ARROWS[name]) move(ARROWS[name], event.shiftKey);
    else if (isOnStage && event.key === " ") {
      if (!event.repeat) start();
    } else if (event.key === "[" || event.key === "]") resize(event.key === "[" ? 0.8 : 1.25);
    else if (KEYS[name]) act(KEYS[name]);
    else return;
    event.preventDefault();
  };
  dialog.addEventListener("keydown", (event) => {
    event.stopPropagation(); // the page's own keys are not meant
    onKey(event);
  });
  dialog.addEventListener("keyup", ({ key: name }) => {
    if (name === " ") stroke = null;
  });

  const rooms = new ResizeObserver(fit);
  const drawer = document.querySelector("#settings:popover-open"); // a dialog closes it
  dialog.addEventListener("close", () => {
    rooms.disconnect();
    dialog.remove();
    drawer?.showPopover();
  });
  dialog.showModal();
  rooms.observe(stage);
  stage.focus();
  draw();
};
