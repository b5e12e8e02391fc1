// The hints of the frame that is shown, as buttons on the picture: to select, move and remove.

const NUDGE = 0.005;
const STILL = 3; // pixels that a click may move

export const Marks = {
  template: `
    <button v-for="mark in marks" :key="mark.number" type="button" class="mark" :style="style(mark)"
        :aria-pressed="mark.number === selected" :aria-label="label(mark)" :title="label(mark)" :disabled="mark.waits"
        @pointerdown.stop="begin($event, mark)" @pointermove="move($event, mark)" @pointerup="end($event, mark)"
        @click="$emit('select', mark.number)" @keydown="key($event, mark)">
      <span v-if="mark.number === selected" class="reach" :style="reach(mark)"></span>
    </button>`,
  props: { marks: Array, selected: Number, rectangle: Object, radius: Number },
  emits: ["select", "change", "remove"],
  data: () => ({ moved: null }), // {number, x, y} while one is dragged
  watch: {
    marks() {
      this.moved = null;
    },
  },
  methods: {
    at(mark) {
      return this.moved && this.moved.number === mark.number ? this.moved : mark;
    },
    style(mark) {
      const { x, y } = this.at(mark);
      const { x: left, y: top, width, height } = this.rectangle;
      return { left: `${left + x * width}px`, top: `${top + y * height}px`, background: mark.color };
    },
    reach(mark) {
      const side = 2 * (this.radius || mark.radius) * Math.min(this.rectangle.width, this.rectangle.height);
      return { width: `${side}px`, height: `${side}px` };
    },
    label(mark) {
      return mark.waits ? `${mark.color} comes` : `hint ${mark.number + 1}, ${mark.color}`;
    },
    begin(event, mark) {
      if (event.button) return;
      this.$emit("select", mark.number);
      this.from = event;
      event.target.setPointerCapture(event.pointerId);
    },
    move(event, mark) {
      if (!this.from) return;
      const [across, down] = [event.clientX - this.from.clientX, event.clientY - this.from.clientY];
      const { width, height } = this.rectangle;
      if (this.moved || Math.hypot(across, down) > STILL) this.moveBy(mark, mark, across / width, down / height);
    },
    end() {
      this.from = null;
      this.tell();
    },
    key(event, mark) {
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (event.altKey && way) {
        this.moveBy(mark, this.at(mark), way[0] * NUDGE, way[1] * NUDGE);
        clearTimeout(this.waiting);
        this.waiting = setTimeout(() => this.tell(), 400);
      } else if (event.key === "Delete") this.$emit("remove", mark.number);
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    moveBy(mark, from, across, down) {
      const inside = (value) => Math.min(1, Math.max(0, value));
      this.moved = { number: mark.number, x: inside(from.x + across), y: inside(from.y + down) };
    },
    tell() {
      if (this.moved) this.$emit("change", { number: this.moved.number, at: [this.moved.x, this.moved.y] });
    },
  },
};
