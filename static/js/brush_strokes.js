/* What was painted: a list of strokes and inversions, drawn anew in any size. Places and
   sizes are in pixels of the picture. */

const draw = (context, { points, size, isErasing }) => {
  context.globalCompositeOperation = isErasing ? "destination-out" : "source-over";
  context.lineWidth = size;
  context.lineCap = context.lineJoin = "round";
  context.beginPath();
  points.forEach(([x, y], at) => context[at ? "lineTo" : "moveTo"](x, y));
  if (points.length === 1) context.lineTo(points[0][0] + 0.01, points[0][1]);
  context.stroke();
};

/* Painted becomes bare, and bare painted. */
const invert = (context, { width, height }) => {
  context.globalCompositeOperation = "xor";
  context.fillRect(0, 0, width, height);
};

export class Strokes {
  constructor(width, height) {
    Object.assign(this, { width, height, done: [], undone: [] });
  }

  add(act) {
    this.done.push(act);
    this.undone = [];
  }

  undo() {
    if (this.done.length) this.undone.push(this.done.pop());
  }

  redo() {
    if (this.undone.length) this.done.push(this.undone.pop());
  }

  /* The canvas is filled by the whole picture. */
  drawOn(canvas, colour) {
    const context = canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalCompositeOperation = "source-over";
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.scale(canvas.width / this.width, canvas.height / this.height);
    context.strokeStyle = context.fillStyle = colour;
    this.done.forEach((act) => (act.points ? draw(context, act) : invert(context, this)));
    return context;
  }

  /* As large as the picture: white on black, or cut out of black. */
  mask(canvas, isCutOut) {
    canvas.width = this.width;
    canvas.height = this.height;
    const context = this.drawOn(canvas, isCutOut ? "#000" : "#fff");
    context.fillStyle = "#000";
    if (isCutOut) return invert(context, this);
    context.globalCompositeOperation = "destination-over";
    context.fillRect(0, 0, this.width, this.height);
  }
}
