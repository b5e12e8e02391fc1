// What the pointer, or the keys in its place, does on the picture: hints, colours, strokes, or moving the picture.

import { colorAt } from "tcvc-viewer/drawing.js";

const CLICK = 4; // pixels that a click may move
const STEP = 0.01; // share of the picture by which a key points further

export const Pointing = {
  data: () => ({ tool: "look", selected: null, radius: null, pending: [], hover: null, cross: null }),
  computed: {
    isPointing() {
      return this.tool === "hint" || this.tool === "eyedropper";
    },
    shownMarks() {
      return [...this.marks, ...this.pending].filter((mark) => mark.frame === this.frame && !this.peeked);
    },
    mark() {
      return this.marks.find((mark) => mark.number === this.selected);
    },
    stageWords() {
      return this.isPointing ? "picture: Alt and arrows point, Enter takes the place" : "picture";
    },
    crossStyle() {
      const { x, y, width, height } = this.rectangle;
      return { left: `${x + this.cross.x * width}px`, top: `${y + this.cross.y * height}px` };
    },
  },
  methods: {
    press(event) {
      const pans = event.button === 1 || (event.button === 0 && this.tool === "look");
      if (!pans && event.button) return;
      if (this.isPlaying && !pans) this.play();
      this.$refs.stage.setPointerCapture(event.pointerId);
      const place = this.placeOf(event);
      this.pressed = { from: event, last: event, pans, pane: this.paneAt(event) };
      if (event.button === 1) event.preventDefault();
      if (this.tool === "paint" && !pans && place) this.beginStroke(place);
    },
    drag(event) {
      this.hover = this.point(event);
      if (!this.pressed) return;
      if (this.pressed.pans) {
        const { last, pane } = this.pressed;
        this.view.move(event.clientX - last.clientX, event.clientY - last.clientY, pane, this.size);
        this.renew();
      } else if (this.pressed.paints) {
        for (const each of event.getCoalescedEvents?.() ?? [event]) this.goOnWithStroke(each);
      }
      this.pressed.last = event;
    },
    release(event) {
      const pressed = this.pressed;
      this.pressed = null;
      if (!pressed || pressed.pans || pressed.paints || event.type === "pointercancel") return;
      const place = this.placeOf(event);
      const way = Math.hypot(event.clientX - pressed.from.clientX, event.clientY - pressed.from.clientY);
      if (place && way <= CLICK) this.take(place);
    },
    /** What a click does. */
    take(place) {
      if (this.tool === "hint") {
        this.selected = null;
        const number = -1 - this.pending.length;
        this.pending.push({ number, frame: this.frame, ...place, color: this.color, radius: 0.02, waits: true });
        this.$emit("hint", { ...place, frame: this.frame });
        this.$emit("select", null);
      } else if (this.tool === "eyedropper") {
        const picture = this.pictures.get(this.frame, "color");
        const color = picture && colorAt(picture.bitmap, place.x, place.y);
        if (picture) this.$emit("pick", { ...place, frame: this.frame, color });
      }
    },
    pointByKey(event) {
      if (event.target !== this.$refs.stage || !this.isPointing) return;
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (event.altKey && way) {
        const step = event.shiftKey ? 5 * STEP : STEP;
        const { x, y } = this.cross ?? { x: 0.5, y: 0.5 };
        this.cross = { x: Math.min(1, Math.max(0, x + way[0] * step)), y: Math.min(1, Math.max(0, y + way[1] * step)) };
      } else if (event.key === "Enter" && this.cross) this.take({ ...this.cross });
      else return;
      event.preventDefault();
    },
    setMode(name) {
      this.mode = name;
      this.$emit("mode", name);
    },
    setTool(name) {
      this.tool = name;
      if (name !== "hint") this.select(null);
      if (name === "paint" && ["gray", "before", "difference"].includes(this.mode)) this.setMode("color");
      this.$emit("tool", name);
    },
    select(number) {
      if (this.selected === number) return;
      Object.assign(this, { selected: number, radius: null });
      if (number !== null && this.tool !== "hint") this.setTool("hint");
      this.$emit("select", number);
    },
    change(what) {
      this.$emit("change", what);
    },
    remove(number) {
      this.selected = null;
      this.$emit("remove", number);
    },
    /** What was not taken is not shown any more. */
    refuse() {
      Object.assign(this, { pending: [], radius: null });
      this.takeSentBack();
    },
  },
};
