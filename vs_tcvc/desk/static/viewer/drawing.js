// Draws pictures on a canvas in each of the ways to compare them.

export const AMPLIFIED = 4;

/** What a mode shows: of each pane, the pictures that lie in it. against: "gray" or "before". */
export function layers(mode, against) {
  if (mode === "side") return [[against], ["color"]];
  if (mode === "wipe" || mode === "difference") return [["color", against]];
  return [[mode]];
}

/** Draw one picture into its rectangle, clipped to the pane. */
export function drawPicture(context, bitmap, rectangle, pane) {
  context.save();
  clip(context, pane);
  context.drawImage(bitmap, rectangle.x, rectangle.y, rectangle.width, rectangle.height);
  context.restore();
}

/** Draw two pictures, the second one left of the divider, which is at a share of the pane's width. */
export function drawWipe(context, [right, left], rectangle, pane, share) {
  drawPicture(context, right, rectangle, pane);
  drawPicture(context, left, rectangle, { ...pane, width: pane.width * share });
}

/** Draw how much two pictures differ in R, G and B, AMPLIFIED times; black where they are the same. */
export function drawDifference(context, [one, other], rectangle, pane) {
  drawPicture(context, one, rectangle, pane);
  context.save();
  clip(context, pane);
  clip(context, rectangle);
  context.globalCompositeOperation = "difference";
  context.drawImage(other, rectangle.x, rectangle.y, rectangle.width, rectangle.height);
  context.globalCompositeOperation = "lighter";
  for (let times = 1; times < AMPLIFIED; times *= 2) context.drawImage(context.canvas, 0, 0);
  context.restore();
}

/** The colour of a picture about a place (x, y), shares of its sides, as "#rrggbb": the mean of a small square. */
export function colorAt(bitmap, x, y) {
  const side = Math.max(1, Math.round(bitmap.height / 240));
  const canvas = new OffscreenCanvas(1, 1);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const left = Math.min(bitmap.width - side, Math.max(0, Math.round(x * bitmap.width - side / 2)));
  const top = Math.min(bitmap.height - side, Math.max(0, Math.round(y * bitmap.height - side / 2)));
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, left, top, side, side, 0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return "#" + [red, green, blue].map((each) => each.toString(16).padStart(2, "0")).join("");
}

function clip(context, { x, y, width, height }) {
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
}
