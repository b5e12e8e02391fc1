// Small gray pictures on both sides of a shot's two cuts. A cut is dragged, or moved by the arrow keys.

const MOST = 6; // pictures on each side of a cut
const FEWEST = 2;
const [HEIGHT, HIGHEST] = [46, 60]; // of a picture
const MIDDLE = 196; // pixels between the two strips
const IDLE = 500; // milliseconds after which a cut that keys have moved is told

const ACTS = [
  ["begin_here", "Begins here", "the shot begins at this frame (I)"],
  ["end_here", "Ends here", "the shot ends with this frame (O)"],
  ["split", "Split here", "a new shot begins at this frame (S)"],
  ["join", "Join next", "one shot of this one and the next (J)"],
];

export default {
  template: `
    <div class="filmstrip">
      <template v-for="(cut, at) in cuts" :key="at">
        <div class="strip" :style="{width: stripWidth + 'px'}">
          <div v-if="cut" class="frames">
            <button v-for="frame in around(cut)" :key="frame" type="button" class="small" tabindex="-1"
              :style="{width: across + 'px', height: down + 'px'}" :data-other="isOther(at, frame) || null"
              :disabled="!exists(frame)" :title="'frame ' + frame" :aria-label="'to frame ' + frame"
              @click="$emit('go', frame)">
              <img v-if="exists(frame)" :src="address(frame)" alt="" draggable="false"></button>
            <div class="cut" role="slider" tabindex="0" :aria-label="cut.words" :aria-valuemin="cut.low"
              :aria-valuemax="cut.high" :aria-valuenow="place(at)" :aria-valuetext="'frame ' + place(at)"
              :title="cut.words + ': drag it, or move it by the arrow keys'"
              :style="{left: (place(at) - cut.frame + count) * across + 'px'}" @keydown="key($event, at)"
              @blur="tell(at)" @pointerdown="begin($event, at)" @pointermove="drag($event, at)"
              @pointerup="end($event, at)"></div>
            <output v-if="moved[at] !== undefined" class="to">{{ moved[at] }}</output>
          </div>
          <span v-else class="none">{{ at ? "the film ends here" : "the film begins here" }}</span>
        </div>
        <div v-if="!at" class="acts">
          <button v-for="[action, words, title] in ACTS" type="button" :title="title"
            @click="$emit('act', action)">{{ words }}</button>
        </div>
      </template>
    </div>`,
  props: { cuts: Array, size: Array, film: String, frames: Array, width: Number },
  emits: ["move", "go", "act"],
  data: () => ({ moved: {}, stripWidth: 400 }),
  created() {
    this.ACTS = ACTS;
  },
  mounted() {
    this.observer = new ResizeObserver(() => (this.stripWidth = Math.floor((this.$el.clientWidth - MIDDLE) / 2)));
    this.observer.observe(this.$el);
    this.$watch(() => JSON.stringify(this.cuts), () => (this.moved = {}));
  },
  unmounted() {
    this.observer.disconnect();
    clearTimeout(this.waiting);
  },
  computed: {
    /** Pictures on each side. */
    count() {
      const wished = (HEIGHT * this.size[0]) / this.size[1];
      return Math.min(MOST, Math.max(FEWEST, Math.floor(this.stripWidth / 2 / wished)));
    },
    across() {
      return Math.min((HIGHEST * this.size[0]) / this.size[1], this.stripWidth / 2 / this.count);
    },
    down() {
      return (this.across * this.size[1]) / this.size[0];
    },
  },
  methods: {
    around(cut) {
      return Array.from({ length: 2 * this.count }, (_, at) => cut.frame - this.count + at);
    },
    exists(frame) {
      return frame >= this.frames[0] && frame <= this.frames[1];
    },
    address(frame) {
      const prefix = window.path_prefix ?? "";
      return `${prefix}/frame/${frame - this.frames[0]}?shown=gray&width=${this.width}&v=${this.film}`;
    },
    place(at) {
      return this.moved[at] ?? this.cuts[at].frame;
    },
    /** Whether a frame is of the shot before, or after. */
    isOther(at, frame) {
      return at ? frame >= this.place(at) : frame < this.place(at);
    },
    move(at, frame) {
      const { low, high } = this.cuts[at];
      this.moved[at] = Math.min(high, Math.max(low, frame));
    },
    begin(event, at) {
      if (event.button) return;
      event.target.setPointerCapture(event.pointerId);
      this.from = { x: event.clientX, frame: this.place(at) };
    },
    drag(event, at) {
      if (!this.from) return;
      const { frame } = this.cuts[at];
      const to = this.from.frame + Math.round((event.clientX - this.from.x) / this.across);
      this.move(at, Math.min(frame + this.count, Math.max(frame - this.count, to)));
    },
    end(event, at) {
      this.from = null;
      this.tell(at);
    },
    key(event, at) {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      this.move(at, this.place(at) + step * (event.shiftKey ? 10 : 1));
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.tell(at), IDLE);
      event.preventDefault();
      event.stopPropagation();
    },
    tell(at) {
      clearTimeout(this.waiting);
      const frame = this.moved[at];
      if (frame === this.cuts[at]?.frame) delete this.moved[at];
      else if (frame !== undefined) this.$emit("move", { at, frame });
    },
    /** What was not taken is not shown any more. */
    refuse() {
      this.moved = {};
    },
  },
};
