// The timeline under the picture: the shot and its handles, how sure the colour is, references, hints and alarms.

const INSET = 8; // pixels left and right of the first and the last frame
const COLORS = {
  ground: "#1f1f1f", shot: "#2f2f2f", curve: "#8a8a8a", area: "#3b3b3b", edge: "#6a6a6a", reference: "#d8d8d8",
  alarm: "#e0a23b", playhead: "#ffffff",
};

/** The frame at a place across a timeline of that width. */
export function frameAt(x, width, { first, last }) {
  const share = (x - INSET) / (width - 2 * INSET);
  return Math.min(last, Math.max(first, first + Math.floor(share * (last - first + 1))));
}

/**
 * Draw it on a canvas of width x height CSS pixels. frames: {first, last, shot: [first, end), frame}; curve: confidence
 * 0 to 1 over the shot; references, alarms: frames; hints: {frame, color}.
 */
export function drawTimeline(context, width, height, frames, { curve, references, hints, alarms }) {
  const step = (width - 2 * INSET) / (frames.last - frames.first + 1);
  const across = (frame) => INSET + (frame - frames.first) * step;
  const [begin, end] = frames.shot.map(across);
  context.clearRect(0, 0, width, height);
  fill(context, COLORS.ground, 0, 0, width, height);
  fill(context, COLORS.shot, begin, 0, end - begin, height);
  drawCurve(context, curve, begin, end, height);
  for (const x of [begin, end]) fill(context, COLORS.edge, x - 0.5, 0, 1, height);
  for (const frame of alarms) fill(context, COLORS.alarm, across(frame + 0.5) - 1, 0, 2, height);
  for (const frame of references) drawTick(context, COLORS.reference, across(frame + 0.5), height - 2);
  for (const { frame, color } of hints) drawDot(context, color, across(frame + 0.5));
  fill(context, COLORS.playhead, across(frames.frame), height - 3, Math.max(2, step), 3);
  fill(context, COLORS.playhead, across(frames.frame + 0.5) - 0.75, 0, 1.5, height);
}

function drawCurve(context, curve, begin, end, height) {
  if (!curve.length) return;
  const points = curve.length === 1 ? [curve[0], curve[0]] : curve;
  const y = (value) => 4 + (1 - value) * (height - 8);
  context.beginPath();
  points.forEach((value, at) => context.lineTo(begin + ((end - begin) * at) / (points.length - 1), y(value)));
  context.strokeStyle = COLORS.curve;
  context.lineWidth = 1;
  context.stroke();
  context.lineTo(end, height);
  context.lineTo(begin, height);
  context.globalAlpha = 0.6;
  context.fillStyle = COLORS.area;
  context.fill();
  context.globalAlpha = 1;
}

function drawTick(context, color, x, y) {
  context.beginPath();
  context.moveTo(x, y - 7);
  context.lineTo(x + 5, y);
  context.lineTo(x - 5, y);
  context.fillStyle = color;
  context.fill();
}

function drawDot(context, color, x) {
  context.beginPath();
  context.arc(x, 7, 4, 0, 2 * Math.PI);
  context.fillStyle = color;
  context.fill();
  context.strokeStyle = "#ffffff";
  context.lineWidth = 1;
  context.stroke();
}

function fill(context, color, x, y, width, height) {
  context.fillStyle = color;
  context.fillRect(x, y, width, height);
}
