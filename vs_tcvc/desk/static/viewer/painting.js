// The brush of the viewer: strokes over single frames, until they are used as references.

import { Strokes } from "tcvc-viewer/strokes.js";

/** Strokes by frame, of whatever shot: they outlive the way to other pages. */
const kept = new Map();

window.addEventListener("beforeunload", (event) => {
  if ([...kept.values()].some((strokes) => !strokes.isEmpty)) event.preventDefault(); // the browser asks
});

export const Painting = {
  data: () => ({ brush: { size: 0.08, softness: 0.5, erases: false }, painted: 0, sentFrame: null }),
  created() {
    this.strokes = kept;
    this.$watch("frame", () => this.countStrokes());
  },
  computed: {
    brushStyle() {
      const side = this.brush.size * Math.min(this.rectangle.width, this.rectangle.height);
      return { left: `${this.hover.x}px`, top: `${this.hover.y}px`, width: `${side}px`, height: `${side}px` };
    },
  },
  methods: {
    beginStroke(place) {
      const strokes = this.strokes.get(this.frame) ?? new Strokes(this.size);
      this.strokes.set(this.frame, strokes);
      strokes.begin({ ...this.brush, color: this.color, points: [[place.x, place.y]] });
      this.pressed.paints = strokes;
      this.countStrokes();
    },
    goOnWithStroke(event) {
      const place = this.placeOf(event);
      if (place) this.pressed.paints.add([place.x, place.y]);
      this.redraw();
    },
    countStrokes() {
      this.painted = this.strokes.get(this.frame)?.done.length ?? 0;
      this.redraw();
    },
    takeBack() {
      this.strokes.get(this.frame)?.undo();
      this.countStrokes();
    },
    clearStrokes() {
      this.strokes.delete(this.frame);
      this.countStrokes();
    },
    async usePainting() {
      const frame = this.frame;
      this.sent = { frame, version: this.pictures.get(frame, "color")?.version, strokes: this.strokes.get(frame) };
      this.sentFrame = frame;
      this.clearStrokes();
      this.$emit("paint", { frame, png: await this.sent.strokes.png() });
    },
    /** What was sent was not taken: it can be painted on. */
    takeSentBack() {
      if (this.sentFrame === null) return;
      if (!this.strokes.has(this.sentFrame)) this.strokes.set(this.sentFrame, this.sent.strokes);
      this.sentFrame = null;
      this.countStrokes();
    },
    /** The strokes over a picture; those that were sent stay until a picture with them is there. */
    strokesOver(picture) {
      const hasThem = picture.version !== this.sent?.version && ["color", "reference"].includes(picture.is);
      if (this.sentFrame === picture.frame && hasThem) this.sentFrame = null;
      const sent = this.sentFrame === picture.frame ? this.sent.strokes : null;
      return [sent, this.strokes.get(picture.frame)].filter((each) => each);
    },
    scaleBrush(factor) {
      this.brush.size = Math.min(0.5, Math.max(0.01, this.brush.size * factor));
    },
  },
};
