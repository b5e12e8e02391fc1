// What is painted over a frame: strokes that can be taken back, and the picture with alpha that they make.

const MOST_SIDE = 1280; // pixels of the overlay; the network sees far fewer
const MOST_TEXT = 700_000; // characters that are sent
const FAR = 20_000; // pixels by which a soft stroke is drawn off the canvas, where only its shadow falls on it

/**
 * The strokes over a frame of that size. One is {points: [[x, y], ...] in shares of the sides, size: share of the short
 * side, softness: 0 to 1, color, erases}.
 */
export class Strokes {
  constructor(size) {
    const scale = Math.min(1, MOST_SIDE / Math.max(...size));
    this.canvas = new OffscreenCanvas(Math.round(size[0] * scale), Math.round(size[1] * scale));
    this.context = this.canvas.getContext("2d");
    this.done = [];
    this.undone = [];
  }

  get isEmpty() {
    return !this.done.length;
  }

  begin(stroke) {
    this.undone = [];
    this.done.push(stroke);
    this.baked = new OffscreenCanvas(this.canvas.width, this.canvas.height);
    this.baked.getContext("2d").drawImage(this.canvas, 0, 0);
    this.redrawLast();
  }

  /** Go on with the last stroke. */
  add(point) {
    this.done.at(-1).points.push(point);
    this.redrawLast();
  }

  undo() {
    if (this.done.length) this.undone.push(this.done.pop());
    this.redraw();
  }

  redo() {
    if (this.undone.length) this.done.push(this.undone.pop());
    this.redraw();
  }

  clear() {
    this.done = [];
    this.undone = [];
    this.redraw();
  }

  /** The picture as a PNG in base64, made smaller until it can be sent. */
  async png() {
    let text = await encoded(this.canvas);
    for (let share = 0.7; text.length > MOST_TEXT; share *= 0.7) {
      const small = new OffscreenCanvas(Math.round(this.canvas.width * share), Math.round(this.canvas.height * share));
      const context = small.getContext("2d");
      context.imageSmoothingQuality = "high";
      context.drawImage(this.canvas, 0, 0, small.width, small.height);
      text = await encoded(small);
    }
    return text;
  }

  redrawLast() {
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.context.drawImage(this.baked, 0, 0);
    this.draw(this.done.at(-1));
  }

  redraw() {
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.done.forEach((stroke) => this.draw(stroke));
  }

  draw({ points, size, softness, color, erases }) {
    const { canvas, context } = this;
    const across = size * Math.min(canvas.width, canvas.height);
    context.save();
    context.globalCompositeOperation = erases ? "destination-out" : "source-over";
    context.lineCap = context.lineJoin = "round";
    context.lineWidth = Math.max(1, across * (1 - softness / 2));
    context.strokeStyle = context.shadowColor = color;
    if (softness > 0) {
      context.shadowBlur = across * softness * 0.5;
      context.shadowOffsetX = FAR;
      context.translate(-FAR, 0);
    }
    context.beginPath();
    points.forEach(([x, y]) => context.lineTo(x * canvas.width, y * canvas.height));
    if (points.length === 1) context.lineTo(points[0][0] * canvas.width + 0.01, points[0][1] * canvas.height);
    context.stroke();
    context.restore();
  }
}

async function encoded(canvas) {
  const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}
