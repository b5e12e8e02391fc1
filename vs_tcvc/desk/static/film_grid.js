// All shots of a film as cards. What is shown, in which order, and what is selected is known only here; it outlives a
// reload and the way to a shot and back.

const PLACE = "desk.film";
const GAP = 10;
const AREA = 40000; // of a picture, square pixels
const BEYOND = 1.5; // heights of the page that are drawn above and below it
const PADDING = 12;
const AHEAD = 40; // milliseconds between two pictures that are fetched before they are needed
const PASSING = 150; // milliseconds after which a card that came by fast asks for its picture
const NAMES = {color: "", keep: "keep", gray: "gray"};

const orders = {
  worst: (one, other) => other.worst - one.worst || one.isDone - other.isDone || one.number - other.number,
  film: (one, other) => one.number - other.number,
  length: (one, other) => frames(other) - frames(one) || one.number - other.number,
  scene: (one, other) => (one.scene === "") - (other.scene === "") || one.scene.localeCompare(other.scene) || one.number - other.number,
};
const wanted = {
  all: () => true,
  look: (card) => card.alarms.length > 0 || card.problem !== "",
  open: (card) => !card.isDone,
  own: (card) => card.state !== "color",
  locked: (card) => card.isLocked,
};

const asked = new Set(); // pictures that the browser has, or is getting

function pictureOf(card) {
  return `/thumbnail/${card.number - 1}?v=${card.picture}`;
}

/** Get a picture into the browser's cache; it is shown later, perhaps. */
function fetchPicture(source) {
  asked.add(source);
  return new Promise((done) => Object.assign(new Image(), {onload: done, onerror: done, fetchPriority: "low", src: source}));
}

function pause(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}

function frames(card) {
  return card.frames[1] - card.frames[0];
}

function wordsOf(card) {
  const alarms = card.alarms.map(([name, sentence]) => `${name}: ${sentence}`);
  const marks = [NAMES[card.state], card.isLocked && "locked", card.isLead && "leads its scene"];
  return [
    `shot ${card.number}`, card.scene && `scene ${card.scene}`, card.length, card.time, ...marks,
    card.isDone ? card.source && `colour from ${card.source}` : "to colour", card.look && `look ${card.look}`,
    card.problem, ...alarms,
  ].filter(Boolean).join(", ");
}

/** The label of the timecode that a text names, NaN if it names none. */
function labelOf(text, base) {
  const time = /^(?:(\d+):)?(\d+):(\d\d)(?:[:;.](\d\d+))?$/.exec(text);
  if (!time) return NaN;
  const [hours, minutes, seconds, rest] = time.slice(1).map((part) => Number(part ?? 0));
  return ((hours * 60 + minutes) * 60 + seconds) * base + rest;
}

function hasText(card, text) {
  if (!text) return true;
  if (/^\d+$/.test(text)) {
    const frame = Number(text);
    return card.number === frame || (card.frames[0] <= frame && frame < card.frames[1]);
  }
  const label = labelOf(text, card.base);
  if (!Number.isNaN(label)) return card.start <= label && label < card.start + frames(card);
  return text.split(/\s+/).every((word) => wordsOf(card).toLowerCase().includes(word));
}

function counts(cards, key) {
  const found = new Map();
  for (const card of cards) for (const name of key(card)) found.set(name, (found.get(name) ?? 0) + 1);
  return [...found].sort(([one], [other]) => one.localeCompare(other));
}

const ShotCard = {
  props: ["card", "isSelected", "isCurrent", "isPassing"],
  data() {
    return {isAsked: !this.isPassing || asked.has(pictureOf(this.card))};
  },
  mounted() {
    this.wait = setTimeout(() => (this.isAsked = true), PASSING);
  },
  unmounted() {
    clearTimeout(this.wait);
  },
  computed: {
    words() {
      return wordsOf(this.card);
    },
    source() {
      const source = pictureOf(this.card);
      asked.add(source);
      return source;
    },
    worst() {
      const [first, ...more] = this.card.alarms;
      return this.card.problem || (first ? first[1] + (more.length ? ` (+${more.length})` : "") : "");
    },
    lowest() {
      return (Math.min(...this.card.confidence) / 100).toFixed(2);
    },
    points() {
      const values = this.card.confidence;
      const across = 100 / Math.max(1, values.length - 1);
      return values.map((value, place) => `${(place * across).toFixed(1)},${100 - value}`).join(" ");
    },
    marks() {
      return [this.card.isLocked ? "locked" : "", NAMES[this.card.state], this.card.look].filter(Boolean);
    },
    told() {
      if (this.card.state !== "color") return "";
      if (!this.card.isDone) return "to colour";
      return this.card.source === "a guess" ? "a guess" : `from ${this.card.source}`;
    },
  },
  template: `
    <li role="option" class="shot" :class="{selected: isSelected}" :aria-selected="isSelected" :aria-label="words"
        :tabindex="isCurrent ? 0 : -1" :data-number="card.number">
      <div class="picture">
        <img v-if="isAsked" :src="source" alt="" decoding="async">
        <span class="check" title="select (Space, Ctrl, Shift)" aria-hidden="true"></span>
      </div>
      <p class="head"><b>{{ card.number }}</b><span>{{ card.time }}</span>
        <span v-if="card.scene" class="scene" :class="'hue-' + card.hue" :title="card.scene"><span>{{ card.scene }}</span><i v-if="card.isLead">leads</i></span></p>
      <p class="facts"><span :title="told">{{ card.length }}<template v-if="told"> · {{ told }}</template></span>
        <em v-for="mark in marks" :key="mark" :title="mark">{{ mark }}</em></p>
      <p class="sure"><template v-if="card.confidence.length">
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true"><polyline :points="points"/></svg>
        <span :title="'confidence, lowest ' + lowest">{{ lowest }}</span></template></p>
      <p class="alarm" :title="card.alarms.map((each) => each[1]).join('\\n')">{{ worst }}</p>
    </li>`,
};

export default {
  components: {ShotCard},
  props: ["cards", "shape", "looks"],
  emits: ["open", "edit"],
  data() {
    const begin = {order: "worst", show: "all", scene: "", text: "", isGray: false, current: 0, selected: [], top: 0};
    let kept = {};
    try {
      kept = JSON.parse(sessionStorage.getItem(PLACE)) ?? {};
    } catch {} // of another version
    return {...begin, ...kept, selected: new Set(kept.selected ?? []), all: Object.freeze([...this.cards]), width: 0, height: 0, isPassing: false, given: {}};
  },
  computed: {
    shown() {
      const text = this.text.trim().toLowerCase();
      const has = wanted[this.show] ?? ((card) => card.alarms.some(([name]) => `is ${name}` === this.show));
      const scene = this.scene.slice(3);
      const found = this.all.filter((card) => has(card) && (!this.scene || card.scene === scene) && hasText(card, text));
      return found.sort(orders[this.order] ?? orders.worst);
    },
    count() {
      const all = this.all.length;
      return this.shown.length === all ? `${all} ${all === 1 ? "shot" : "shots"}` : `${this.shown.length} of ${all} shots`;
    },
    numbers() {
      return this.all.map((card) => card.number).filter((number) => this.selected.has(number));
    },
    chosen() {
      return this.numbers.map((number) => this.all[number - 1]);
    },
    scenes() {
      return counts(this.all, (card) => [card.scene]);
    },
    alarms() {
      return counts(this.all, (card) => card.alarms.map(([name]) => name));
    },
    states() {
      return Object.fromEntries(Object.entries(wanted).map(([name, is]) => [name, this.all.filter(is).length]));
    },
    merged() {
      return [...new Set(this.chosen.map((card) => card.scene).filter(Boolean))];
    },
    columns() {
      const aspect = this.shape[0] / this.shape[1];
      const least = Math.min(340, Math.max(200, Math.sqrt(AREA * aspect)));
      return Math.max(1, Math.floor((this.width + GAP) / (least + GAP)));
    },
    picture() {
      const across = (this.width - GAP * (this.columns - 1)) / this.columns;
      return Math.round(Math.min((across * this.shape[1]) / this.shape[0], 260));
    },
    alarmHeight() {
      return this.shown.some((card) => card.alarms.length || card.problem) ? 36 : 0;
    },
    /** The height of a row with its gap: known before it is drawn, so that nothing moves while one scrolls. */
    row() {
      return this.picture + 82 + this.alarmHeight + GAP;
    },
    /** The rows [first, end) that are drawn. */
    firstRow() {
      return Math.max(0, Math.floor((this.top - BEYOND * this.height) / this.row));
    },
    endRow() {
      return Math.ceil((this.top + (1 + BEYOND) * this.height) / this.row);
    },
    drawn() {
      return this.shown.slice(this.firstRow * this.columns, this.endRow * this.columns);
    },
    layout() {
      const rows = Math.ceil(this.shown.length / this.columns);
      return {
        "--picture": `${this.picture}px`, "--alarm": `${this.alarmHeight}px`, gap: `${GAP}px`,
        gridTemplateColumns: `repeat(${this.columns}, minmax(0, 1fr))`, gridAutoRows: `${this.row - GAP}px`,
        height: `${rows * this.row - GAP}px`, paddingTop: `${this.firstRow * this.row}px`,
      };
    },
    /** The place of the current shot among those that are shown, -1 if it is not. */
    here() {
      return this.shown.findIndex((card) => card.number === this.current);
    },
    /** The shot that Tab leads to. */
    entry() {
      const isDrawn = this.drawn.some((card) => card.number === this.current);
      return isDrawn ? this.current : this.drawn[0]?.number;
    },
    nothing() {
      if (this.text || this.scene) return "No shot is like that.";
      const left = this.states.open;
      const open = `${left} ${left === 1 ? "shot is" : "shots are"} still to colour.`;
      if (this.show === "look") return left ? `Nothing to look at so far; ${open}` : "All shots are coloured, and there is nothing to look at.";
      return this.show === "open" ? "All shots are coloured." : "No shot is like that.";
    },
    kept() {
      const {order, show, scene, text, isGray, current, top} = this;
      return JSON.stringify({order, show, scene, text, isGray, current, top, selected: this.numbers});
    },
  },
  watch: {
    kept(text) {
      sessionStorage.setItem(PLACE, text);
    },
    order() {
      this.$refs.scroller.scrollTop = 0;
    },
  },
  created() {
    Object.assign(this, {movedAt: 0, isGone: false}); // nothing is drawn anew for these
  },
  mounted() {
    const scroller = this.$refs.scroller;
    const measure = () => Object.assign(this, {width: scroller.clientWidth - 2 * PADDING, height: scroller.clientHeight});
    this.sizes = new ResizeObserver(measure);
    this.sizes.observe(scroller);
    measure();
    document.addEventListener("desk-key", this.onKey);
    const {top} = this;
    this.$nextTick(() => (scroller.scrollTop = top));
    this.fetchAhead();
  },
  unmounted() {
    this.isGone = true;
    this.sizes.disconnect();
    document.removeEventListener("desk-key", this.onKey);
  },
  methods: {
    /** From Python: cards that have changed, and how many there are. */
    change(cards, total) {
      const all = this.all.slice(0, total);
      for (const card of cards) all[card.number - 1] = card;
      this.all = Object.freeze(all);
      this.selected = new Set([...this.selected].filter((number) => number <= total));
    },
    showAll() {
      Object.assign(this, {show: "all", scene: "", text: ""});
    },
    onClick(event) {
      const item = event.target.closest("[data-number]");
      if (!item) return;
      const number = Number(item.dataset.number);
      if (event.shiftKey) this.selectTo(number);
      else if (event.ctrlKey || event.metaKey || event.target.closest(".check")) this.toggle(number);
      else return this.open(number);
      this.go(number);
    },
    open(number) {
      this.current = number;
      this.$nextTick(() => this.$emit("open", number));
    },
    toggle(number) {
      const selected = new Set(this.selected);
      if (!selected.delete(number)) selected.add(number);
      this.selected = selected;
    },
    /** Select from the current shot to another one, in the order that is shown. */
    selectTo(number) {
      const order = this.shown.map((card) => card.number);
      const [one, other] = [Math.max(0, order.indexOf(this.current)), order.indexOf(number)].sort((a, b) => a - b);
      this.selected = new Set([...this.selected, ...order.slice(one, other + 1)]);
    },
    /** Make a shot the current one: seen, and with the focus. */
    go(number) {
      this.current = number;
      const scroller = this.$refs.scroller;
      const top = Math.floor(this.here / this.columns) * this.row;
      const least = top + this.row + PADDING - this.height;
      scroller.scrollTop = Math.min(top, Math.max(least, scroller.scrollTop));
      this.onScroll();
      this.$nextTick(() => scroller.querySelector(`[data-number="${number}"]`)?.focus({preventScroll: true}));
    },
    step(by, isSelecting) {
      if (!this.shown.length) return;
      const there = this.here < 0 ? 0 : this.here + by;
      if (there < 0 || there >= this.shown.length) return;
      const {number} = this.shown[there];
      if (isSelecting) this.selectTo(number);
      this.go(number);
    },
    onKey(event) {
      const end = this.shown.length - 1;
      const steps = {left: -1, right: 1, up: -this.columns, down: this.columns};
      const [, selecting, way] = /^(select_)?(.*)$/.exec(event.detail);
      if (way in steps) this.step(steps[way], Boolean(selecting));
      else if (way === "first" || way === "last") this.step((way === "first" ? 0 : end) - Math.max(0, this.here));
      else if (event.detail === "open") this.here >= 0 && this.open(this.current);
      else if (event.detail === "select") this.here >= 0 && this.toggle(this.current);
      else if (event.detail === "select_all") this.selected = new Set(this.shown.map((card) => card.number));
      else if (event.detail === "clear") this.clear();
      else if (event.detail === "gray") this.isGray = !this.isGray;
      else if (event.detail === "search") this.clear(), this.$nextTick(() => this.$refs.search.select());
      else return;
      event.preventDefault();
    },
    /** Get the pictures of all shots, one by one and only while nobody scrolls: then there is none to wait for. */
    async fetchAhead() {
      for (let next = null; !this.isGone; ) {
        await pause(next ? AHEAD : 10 * AHEAD);
        next = this.shown.slice(this.firstRow * this.columns).find((card) => !asked.has(pictureOf(card)));
        if (next && Date.now() > this.movedAt + 10 * AHEAD) await fetchPicture(pictureOf(next));
      }
    },
    clear() {
      this.selected = new Set();
    },
    edit(action, value) {
      this.$emit("edit", {action, numbers: this.numbers, value});
    },
    onScroll() {
      const top = Math.round(this.$refs.scroller.scrollTop);
      this.isPassing = Math.abs(top - this.top) > this.height / 4;
      this.top = top;
      this.movedAt = Date.now();
    },
  },
  template: `
    <div class="film" :class="{gray: isGray}">
      <form v-if="!numbers.length" class="tools" role="search" aria-label="shots to show" autocomplete="off" @submit.prevent>
        <input ref="search" v-model="text" type="search" placeholder="Search  /" aria-label="search: words, a shot, a frame, a timecode" spellcheck="false">
        <select v-model="show" aria-label="shots to show">
          <option value="all">All shots</option>
          <option value="look">To look at ({{ states.look }})</option>
          <option value="open">To colour ({{ states.open }})</option>
          <option v-for="[name, count] in alarms" :key="name" :value="'is ' + name">{{ name }} ({{ count }})</option>
          <option value="own">Keep or gray ({{ states.own }})</option>
          <option value="locked">Locked ({{ states.locked }})</option>
        </select>
        <select v-model="scene" aria-label="scene">
          <option value="">All scenes</option>
          <option v-for="[name, count] in scenes" :key="name" :value="'is ' + name">{{ name || "no scene" }} ({{ count }})</option>
        </select>
        <select v-model="order" aria-label="order">
          <option value="worst">Worst first</option>
          <option value="film">In the film's order</option>
          <option value="length">Longest first</option>
          <option value="scene">By scene</option>
        </select>
        <output role="status">{{ count }}</output>
        <button type="button" :aria-pressed="isGray" title="all pictures gray; hold the pointer over one for it alone" @click="isGray = !isGray">Gray</button>
      </form>
      <form v-else class="tools" aria-label="change the selected shots" autocomplete="off" @submit.prevent>
        <output role="status"><b>{{ numbers.length }}</b> selected</output>
        <label>Scene <input v-model="given.scene" list="scenes" size="9" @change="edit('scene', given.scene); given.scene = ''"></label>
        <datalist id="scenes"><option v-for="[name] in scenes" :key="name" :value="name"/></datalist>
        <button type="button" :disabled="!chosen.some((card) => card.scene)" @click="edit('scene', '')">No scene</button>
        <button type="button" :disabled="merged.length < 2" :title="merged.length < 2 ? 'select shots of several scenes' : 'all shots of ' + merged.slice(1).join(', ') + ' go into ' + merged[0]" @click="edit('merge', merged[0])">Merge scenes</button>
        <label>Look <input v-model="given.look" list="looks" size="9" @change="edit('look', given.look); given.look = ''"></label>
        <datalist id="looks"><option v-for="name in looks" :key="name" :value="name"/></datalist>
        <label>Saturation <input v-model="given.saturation" inputmode="decimal" size="3" @change="edit('saturation', given.saturation); given.saturation = ''"></label>
        <span class="group" role="group" aria-label="state">
          <button type="button" :aria-pressed="chosen.every((card) => card.state === 'color')" @click="edit('state', 'color')">Colour</button>
          <button type="button" :aria-pressed="chosen.every((card) => card.state === 'keep')" title="they have colour of their own" @click="edit('state', 'keep')">Keep</button>
          <button type="button" :aria-pressed="chosen.every((card) => card.state === 'gray')" @click="edit('state', 'gray')">Gray</button>
        </span>
        <button type="button" :aria-pressed="chosen.every((card) => card.isLocked)" title="programs leave locked shots as they are" @click="edit('lock', !chosen.every((card) => card.isLocked))">Lock</button>
        <button type="button" class="last" title="select nothing (Esc)" @click="clear">Done</button>
      </form>
      <div ref="scroller" class="scroller" @scroll.passive="onScroll">
        <div v-if="!shown.length" class="empty"><p>{{ nothing }}</p><button type="button" @click="showAll">Show all shots</button></div>
        <ul v-else class="shots" role="listbox" aria-label="shots" aria-multiselectable="true" :style="layout" @click="onClick"
            @focusin="current = Number($event.target.dataset.number)">
          <shot-card v-for="(card, place) in drawn" :key="card.number" :card="card" :is-selected="selected.has(card.number)"
            :is-current="card.number === entry" :is-passing="isPassing" :aria-setsize="shown.length" :aria-posinset="firstRow * columns + place + 1"/>
        </ul>
      </div>
    </div>`,
};
