// The timeline under the picture: the shot and its handles, how sure the colour is, references, hints and alarms.

import { timecode } from "tcvc-viewer/timecode.js";

const INSET = 8; // pixels left and right of the first and the last frame
const COLORS = {
  ground: "#1b1b1b", shot: "#2d2d2d", curve: "#9a9a9a", edge: "#8a8a8a", reference: "#d8d8d8", alarm: "#e0a23b",
  playhead: "#ffffff",
};

export const Timeline = {
  template: `
    <div class="timeline" role="slider" tabindex="0" aria-label="frame" :aria-valuemin="first" :aria-valuemax="last"
        :aria-valuenow="frame" :aria-valuetext="words" @pointerdown="begin" @pointermove="move">
      <canvas ref="canvas"></canvas>
    </div>`,
  props: { first: Number, last: Number, shot: Array, frame: Number, origin: Number, rate: Number, curve: Array,
    references: Array, alarms: Array, hints: Array },
  emits: ["go"],
  mounted() {
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.$el);
    for (const name of ["first", "last", "shot", "frame", "curve", "references", "alarms", "hints"]) {
      this.$watch(name, () => this.draw());
    }
  },
  unmounted() {
    this.observer.disconnect();
  },
  computed: {
    words() {
      return `frame ${this.frame}, ${timecode(this.frame - this.origin, this.rate)}`;
    },
  },
  methods: {
    begin(event) {
      if (event.button) return;
      this.$el.setPointerCapture(event.pointerId);
      this.go(event);
    },
    move(event) {
      if (this.$el.hasPointerCapture(event.pointerId)) this.go(event);
    },
    go(event) {
      const { left, width } = this.$el.getBoundingClientRect();
      const share = (event.clientX - left - INSET) / (width - 2 * INSET);
      const frame = this.first + Math.floor(share * (this.last - this.first + 1));
      this.$emit("go", Math.min(this.last, Math.max(this.first, frame)));
    },
    draw() {
      const { clientWidth: width, clientHeight: height } = this.$el;
      const canvas = this.$refs.canvas;
      const ratio = window.devicePixelRatio;
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      const context = canvas.getContext("2d");
      context.scale(ratio, ratio);
      drawTimeline(context, width, height, this);
    },
  },
};

/** Draw it, width x height CSS pixels. curve: confidence, 0 to 1, over the shot; hints: {frame, color}. */
function drawTimeline(context, width, height, { first, last, shot, frame, curve, references, alarms, hints }) {
  const step = (width - 2 * INSET) / (last - first + 1);
  const across = (place) => INSET + (place - first) * step;
  const [begin, end] = shot.map(across);
  fill(context, COLORS.ground, 0, 0, width, height);
  fill(context, COLORS.shot, begin, 0, end - begin, height);
  drawCurve(context, curve, begin, end, height);
  for (const x of [begin, end]) fill(context, COLORS.edge, x - 0.5, 0, 1, height);
  for (const each of alarms) fill(context, COLORS.alarm, across(each + 0.5) - 1, 0, 2, height);
  fill(context, COLORS.playhead, across(frame), height - 3, Math.max(2, step), 3);
  fill(context, COLORS.playhead, across(frame + 0.5) - 0.75, 0, 1.5, height);
  for (const each of references) drawTick(context, across(each + 0.5), height);
  for (const each of hints) drawDot(context, each.color, across(each.frame + 0.5));
}

function drawCurve(context, curve, begin, end, height) {
  if (!curve.length) return;
  const points = curve.length === 1 ? [curve[0], curve[0]] : curve;
  context.beginPath();
  points.forEach((value, at) => {
    context.lineTo(begin + ((end - begin) * at) / (points.length - 1), 4 + (1 - value) * (height - 8));
  });
  context.strokeStyle = COLORS.curve;
  context.stroke();
}

function drawTick(context, x, height) {
  context.beginPath();
  context.moveTo(x, height - 12);
  context.lineTo(x + 5, height - 4);
  context.lineTo(x - 5, height - 4);
  context.fillStyle = COLORS.reference;
  context.fill();
}

function drawDot(context, color, x) {
  context.beginPath();
  context.arc(x, 8, 4, 0, 2 * Math.PI);
  context.fillStyle = color;
  context.fill();
  context.strokeStyle = "#ffffff";
  context.stroke();
}

function fill(context, color, x, y, width, height) {
  context.fillStyle = color;
  context.fillRect(x, y, width, height);
}
