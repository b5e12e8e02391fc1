// The picture of a shot with its timeline: scrubs, plays, compares, and tells Python what is pointed at.
//
// Frames have the film's own numbers, places are shares of the picture's sides from the top left corner.

import { AMPLIFIED, drawDifference, drawPicture, drawWipe, layers } from "tcvc-viewer/drawing.js";
import { Looking } from "tcvc-viewer/looking.js";
import { Marks } from "tcvc-viewer/marks.js";
import { Painting } from "tcvc-viewer/painting.js";
import { Pictures } from "tcvc-viewer/pictures.js";
import { Player } from "tcvc-viewer/player.js";
import { Pointing } from "tcvc-viewer/pointing.js";
import { timecode } from "tcvc-viewer/timecode.js";
import { Timeline } from "tcvc-viewer/timeline.js";
import { ToolOptions } from "tcvc-viewer/tool_options.js";
import { View, panes } from "tcvc-viewer/view.js";

// Words and key of every mode and tool.
const MODES = {
  color: ["Colour", "1"], gray: ["Gray", "2"], wipe: ["Wipe", "3"], side: ["Side by side", "4"],
  difference: ["Difference", "5"], before: ["Before", "6"],
};
const TOOLS = { look: ["Look", "V"], hint: ["Hint", "H"], paint: ["Paint", "P"], eyedropper: ["Eyedropper", "E"] };
const MADE_OF = {
  reference: "its reference", before: "as it was before", gray: "not coloured yet", left: "left gray", unchanged: "no change yet", own: "its own colour",
};
const REST = 140; // milliseconds without a move after which the picture is shown in full
const CALM = 800; // milliseconds without a new version after which neighbours are fetched
const TOLD = 100; // milliseconds between two words to Python about the frame

export default {
  template: `
    <div class="viewer">
      <div class="viewer-bar">
        <div role="group" aria-label="what is shown" class="segments">
          <button v-for="([words, key], name) in MODES" type="button" :aria-pressed="mode === name"
            :title="words + ' (' + key + ')'" @click="setMode(name)">{{ words }}</button>
        </div>
        <label class="against">against <select v-model="against" :disabled="!compares"
            aria-label="what it is compared with">
          <option value="gray">gray</option><option value="before">before</option></select></label>
        <div role="group" aria-label="tool" class="segments tools">
          <button v-for="([words, key], name) in TOOLS" type="button" :aria-pressed="tool === name"
            :title="words + ' (' + key + ')'" @click="setTool(name)">{{ words }}</button>
        </div>
        <button type="button" class="zoom" title="the whole picture (0)" @click="fit">{{ zoomWords }}</button>
      </div>
      <div class="stage" ref="stage" :class="'tool-' + tool" :tabindex="isPointing ? 0 : undefined" role="group"
          :aria-label="stageWords" @pointerdown="press" @pointermove="drag" @pointerup="release"
          @pointercancel="release" @pointerleave="hover = null" @wheel.prevent="wheel" @keydown="pointByKey" @blur="cross = null"
          @auxclick.prevent>
        <canvas ref="canvas" role="img" :aria-label="pictureWords"></canvas>
        <marks v-if="tool === 'hint'" :marks="shownMarks" :selected="selected ?? undefined"
          :rectangle="rectangle" :radius="radius" @select="select" @change="change" @remove="remove"></marks>
        <i v-if="hover && tool === 'paint'" class="brush" :style="brushStyle"></i>
        <i v-if="cross" class="cross" :style="crossStyle"></i>
        <div v-if="mode === 'wipe' && !peeked" class="divider" role="slider" tabindex="0" aria-label="wipe"
          aria-valuemin="0" aria-valuemax="100" :aria-valuenow="Math.round(100 * wipe)"
          :style="{left: 100 * wipe + '%'}" @pointerdown.stop="$event.target.setPointerCapture($event.pointerId)"
          @pointermove="dragWipe" @keydown="keyWipe"></div>
        <span v-for="each in labels" class="pane-label" :style="each.style">{{ each.words }}</span>
        <span v-if="made" class="pane-label made">{{ made }}</span>
        <p v-if="notice" class="notice" role="status">{{ notice }}</p>
      </div>
      <div class="transport">
        <button type="button" class="play" :aria-label="isPlaying ? 'stop' : 'play'" title="play, or stop (Space)"
          @click="play">{{ isPlaying ? "■" : "▶" }}</button>
        <output class="frame" aria-label="frame">{{ frame }}</output>
        <span class="time">{{ time }}</span>
        <tool-options :tool="tool" :color="color" :mark="mark" :radius="radius || (mark ? mark.radius : 0)"
          :brush="brush" :strokes="painted" :sent="sentFrame === frame" @radius="radius = $event" @change="change" @remove="remove"
          @take-back="takeBack" @clear="clearStrokes" @use="usePainting"></tool-options>
      </div>
      <timeline :first="first" :last="last" :shot="shot" :frame="frame" :origin="origin" :rate="rate" :curve="curve"
        :references="references" :alarms="alarms" :hints="[...marks, ...pending]" @go="goByHand"></timeline>
    </div>`,
  mixins: [Looking, Painting, Pointing],
  components: { Marks, Timeline, ToolOptions },
  props: {
    first: Number, // that can be shown: the shot with its handles
    last: Number,
    shot: Array, // [first, end)
    origin: Number, // the number of the film's first frame
    rate: Number,
    size: Array, // width and height of the film as it is seen
    widths: Array, // pixels across of the pictures that there are
    spans: Array, // [first, end, version] of the pictures in colour
    film: String, // version of the pictures in gray
    start: Number, // the frame, the mode and the tool at first
    startMode: String,
    startTool: String,
    color: String, // that hints and brush give
    marks: Array, // hints of the shot: {number, frame, x, y, color, radius}
    references: Array, // frames
    alarms: Array, // frames
    curve: Array, // confidence over the shot, 0 to 1
  },
  emits: ["frame", "mode", "tool", "hint", "pick", "select", "change", "remove", "paint"],
  data() {
    return {
      frame: this.start, mode: this.startMode, against: "gray", isPlaying: false, peeked: null, made: "", failed: null,
      places: [], // of the panes
      rectangle: { x: 0, y: 0, width: 0, height: 0 }, // of the picture in the last of them
    };
  },
  created() {
    Object.assign(this, { MODES, TOOLS, view: new View() });
    const fail = (frame) => (this.failed = frame);
    this.pictures = new Pictures((wish) => this.address(wish), () => this.redraw(), fail);
    this.player = new Player(this.rate, (frame) => this.go(frame));
    this.direction = 1;
    this.tool = this.startTool;
  },
  mounted() {
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.$refs.stage);
    this.onKey = (event) => (this.key(event.detail) ? event.preventDefault() : this.tellFrame());
    this.onPress = () => this.tellFrame();
    document.addEventListener("desk-key", this.onKey);
    document.addEventListener("pointerdown", this.onPress, true);
    for (const name of ["mode", "against", "versions", "peeked"]) this.$watch(name, () => this.renew());
    for (const name of ["wipe", "tool"]) this.$watch(name, () => this.redraw());
    this.$watch("versions", () => this.calm());
    this.$watch("hinted", () => Object.assign(this, { pending: [], radius: null }));
    this.$watch("range", () => {
      this.select(null);
      this.go(this.frame);
    });
    this.calm();
  },
  unmounted() {
    this.player.stop();
    this.observer.disconnect();
    document.removeEventListener("desk-key", this.onKey);
    document.removeEventListener("pointerdown", this.onPress, true);
    for (const each of [this.resting, this.calming, this.telling]) clearTimeout(each);
    cancelAnimationFrame(this.drawing);
    this.pictures.close();
  },
  computed: {
    versions() {
      return JSON.stringify([this.spans, this.film]); // lists come anew with every change of the element
    },
    range() {
      return JSON.stringify([this.first, this.last, this.shot]);
    },
    hinted() {
      return JSON.stringify(this.marks);
    },
    compares() {
      return ["wipe", "side", "difference"].includes(this.mode);
    },
    time() {
      const [first, end] = this.shot;
      const at = this.frame - first;
      const inside = this.frame < end ? `${at + 1} of ${end - first}` : `${this.frame - end + 1} after the shot`;
      const place = at < 0 ? `${-at} before the shot` : inside;
      return `${timecode(this.frame - this.origin, this.rate)}  ·  ${place}`;
    },
    pictureWords() {
      return `frame ${this.frame}, ${MODES[this.mode][0].toLowerCase()}`;
    },
    notice() {
      if (this.failed !== this.frame) return "";
      return `Frame ${this.frame} could not be shown; another change of the shot tries again.`;
    },
    labels() {
      const label = (words, side = "left", { x, y } = { x: 0, y: 0 }) => ({
        words, style: { [side]: `${x + 8}px`, top: `${y + 8}px` },
      });
      if (this.peeked) return [label(`${this.peeked.words}, frame ${this.peeked.frame}`)];
      if (this.mode === "wipe") return [label(this.against), label("colour", "right")];
      if (this.mode === "difference") {
        return [label(`difference from ${this.against}, ${AMPLIFIED} times; black is the same`)];
      }
      if (this.mode !== "side" || this.places.length < 2) return [];
      return [label(this.against, "left", this.places[0]), label("colour", "left", this.places[1])];
    },
  },
  methods: {
    // Frames

    /** Show a frame. */
    go(frame) {
      const next = Math.min(this.last, Math.max(this.first, Math.round(frame)));
      if (next === this.frame) return;
      this.direction = next > this.frame ? 1 : -1;
      this.frame = next;
      clearTimeout(this.resting);
      this.isMoving = true;
      this.resting = setTimeout(() => this.rest(), REST);
      this.telling ??= setTimeout(() => this.tellFrame(), TOLD);
      this.renew();
    },
    goByHand(frame) {
      if (this.isPlaying) this.play();
      this.go(frame);
    },
    rest() {
      this.isMoving = this.isPlaying;
      this.wish();
    },
    tellFrame() {
      if (!this.telling) return;
      clearTimeout(this.telling);
      this.telling = undefined;
      this.$emit("frame", this.frame);
    },
    play() {
      const isInShot = this.frame >= this.shot[0] && this.frame < this.shot[1];
      if (this.isPlaying) this.player.stop();
      else this.player.start(this.frame, ...(isInShot ? this.shot : [this.first, this.last + 1]));
      this.isPlaying = this.player.isPlaying;
      if (!this.isPlaying) this.rest();
    },
    /** Show something else than the film's colour, {shown, frame, version, words}; null: the film again. */
    peek(other) {
      this.peeked = other;
    },

    // Pictures

    address({ frame, shown, width, version }) {
      const prefix = window.path_prefix ?? "";
      return `${prefix}/frame/${frame - this.origin}?shown=${shown}&width=${width}&v=${version}`;
    },
    version(frame, shown) {
      if (shown === "gray") return this.film;
      if (this.peeked?.shown === shown) return this.peeked.version;
      return this.spans.find(([first, end]) => frame >= first && frame < end)?.[2] ?? "";
    },
    /** The layers of the panes, and the frame that they show. */
    layout() {
      if (this.peeked) return [[[this.peeked.shown]], this.peeked.frame];
      return [layers(this.mode, this.against), this.frame];
    },
    calm() {
      this.isCalm = false;
      clearTimeout(this.calming);
      this.calming = setTimeout(() => {
        this.isCalm = true;
        this.wish();
      }, CALM);
    },
    /** Wish for what is shown, first; then for what may be shown next. */
    wish() {
      const [shownIn, frame] = this.layout();
      this.layOut(shownIn.length);
      const across = this.rectangle.width * window.devicePixelRatio;
      const full = this.widths.find((width) => width >= Math.min(across, this.size[0])) ?? this.widths.at(-1);
      const wishes = [];
      const add = (at, width, urgent) => {
        if (at < this.first || at > this.last) return;
        for (const shown of shownIn.flat()) {
          wishes.push({ frame: at, shown, width, version: this.version(at, shown), urgent });
        }
      };
      add(frame, this.isMoving ? this.widths[0] : full, true);
      if (this.isMoving) {
        const most = this.isPlaying ? 24 : 4;
        for (let step = 1; step <= most; step += 1) add(this.ahead(frame, step), this.widths[0]);
      } else if (this.isCalm && !this.peeked) {
        for (const step of [1, -1, 2, -2]) add(frame + step, full);
        for (let step = 3; step <= 12; step += 1) [step, -step].forEach((each) => add(frame + each, this.widths[0]));
      }
      this.pictures.wish(wishes);
    },
    ahead(frame, step) {
      const [first, end] = this.shot;
      const next = frame + step * this.direction;
      return this.isPlaying && next >= end && frame < end ? first + ((next - end) % (end - first)) : next;
    },
    picture(frame, shown) {
      return this.pictures.get(frame, shown) ?? this.pictures.nearest(frame, shown);
    },
    renew() {
      this.wish();
      this.redraw();
    },

    // Drawing

    /** Find where the panes are, and the picture in the last one. */
    layOut(count) {
      const { clientWidth, clientHeight } = this.$refs.stage;
      this.places = panes(count, clientWidth, clientHeight, this.size);
      this.rectangle = this.view.place(this.places.at(-1), this.size);
      this.zoom = this.view.zoom;
    },
    resize() {
      const { stage, canvas } = this.$refs;
      canvas.width = Math.round(stage.clientWidth * window.devicePixelRatio);
      canvas.height = Math.round(stage.clientHeight * window.devicePixelRatio);
      this.draw();
      this.wish();
    },
    redraw() {
      this.drawing ??= requestAnimationFrame(() => this.draw());
    },
    draw() {
      cancelAnimationFrame(this.drawing);
      this.drawing = undefined;
      const { stage, canvas } = this.$refs;
      const context = canvas.getContext("2d", { alpha: false });
      const [layout, frame] = this.layout();
      const ratio = window.devicePixelRatio;
      this.layOut(layout.length);
      context.imageSmoothingQuality = "high";
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.fillStyle = "#161616";
      context.fillRect(0, 0, stage.clientWidth, stage.clientHeight);
      this.places.forEach((pane, at) => this.drawPane(context, pane, layout[at], frame));
      const shown = this.pictures.get(frame, layout.at(-1)[0]);
      this.made = (shown && layout.at(-1)[0] !== "gray" && MADE_OF[shown.is]) || "";
      if (shown && this.failed === frame) this.failed = null;
    },
    drawPane(context, pane, shown, frame) {
      const found = shown.map((each) => this.picture(frame, each)).filter((each) => each);
      if (!found.length) return;
      const rectangle = this.view.place(pane, this.size);
      const bitmaps = found.map((each) => each.bitmap);
      const isPair = bitmaps.length === 2;
      if (isPair && this.mode === "wipe") drawWipe(context, bitmaps, rectangle, pane, this.wipe);
      else if (isPair && this.mode === "difference") drawDifference(context, bitmaps, rectangle, pane);
      else drawPicture(context, bitmaps[0], rectangle, pane);
      if (shown[0] !== "color" || this.mode === "difference") return;
      const left = isPair ? pane.width * this.wipe : 0;
      const inColor = { ...pane, x: pane.x + left, width: pane.width - left };
      context.save();
      context.globalCompositeOperation = "color"; // hue and saturation of the strokes, luma of the picture
      for (const { canvas } of this.strokesOver(found[0])) drawPicture(context, canvas, rectangle, inColor);
      context.restore();
    },

    // Keys: true if the action was one of the viewer.

    key(action) {
      const strokes = this.tool === "paint" && !this.isSent ? this.strokes.get(this.frame) : null; // those sent are an edit
      if (action === "undo" && strokes && !strokes.isEmpty) return this.takeBack() ?? true;
      if (action === "redo" && strokes?.undone.length) return strokes.redo() ?? this.countStrokes() ?? true;
      if (action === "remove_hint") return this.mark ? this.remove(this.selected) ?? true : true;
      const does = {
        play: () => this.play(),
        back: () => this.goByHand(this.frame - 1), forth: () => this.goByHand(this.frame + 1),
        back_10: () => this.goByHand(this.frame - 10), forth_10: () => this.goByHand(this.frame + 10),
        first_frame: () => this.goByHand(this.shot[0]), last_frame: () => this.goByHand(this.shot[1] - 1),
        color: () => this.setMode("color"), gray_frame: () => this.setMode("gray"), wipe: () => this.setMode("wipe"),
        side: () => this.setMode("side"), difference: () => this.setMode("difference"),
        before: () => this.setMode("before"),
        view: () => this.setTool("look"), hint: () => this.setTool("hint"), paint: () => this.setTool("paint"),
        eyedropper: () => this.setTool("eyedropper"), fit: () => this.fit(), leave: () => this.leave(),
        smaller_brush: () => this.scaleBrush(1 / 1.2), larger_brush: () => this.scaleBrush(1.2),
      }[action];
      does?.();
      return Boolean(does);
    },
    leave() {
      if (this.selected !== null) this.select(null);
      else this.setTool("look");
    },
  },
};
