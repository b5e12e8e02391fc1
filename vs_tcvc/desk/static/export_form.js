// The form of an export. It is kept over a reload.

import {selectedShots} from "/static/selection.js";

const PLACE = "desk.export";

export default {
  props: ["presets", "folder"],
  emits: ["export"],
  data() {
    const begin = {preset: 0, part: "film", shots: selectedShots(), frames: "", overwrite: false, leaveOut: false, names: {}, qualities: {}};
    let kept = {};
    try {
      kept = JSON.parse(sessionStorage.getItem(PLACE)) ?? {};
    } catch {} // of another version
    return {form: {...begin, ...kept, shots: begin.shots || kept.shots || ""}, problem: "", isAsked: false};
  },
  computed: {
    chosen() {
      return this.presets[this.form.preset] ?? this.presets[0];
    },
    target: {
      get() {
        return this.form.names[this.form.preset] ?? this.chosen.target;
      },
      set(name) {
        this.form.names[this.form.preset] = name;
      },
    },
    quality: {
      get() {
        return this.form.qualities[this.form.preset] ?? this.chosen.quality ?? 0;
      },
      set(quality) {
        this.form.qualities[this.form.preset] = quality;
      },
    },
    hasQuality() {
      return this.chosen.qualities.length > 0;
    },
  },
  watch: {
    form: {
      deep: true,
      handler(form) {
        this.problem = "";
        sessionStorage.setItem(PLACE, JSON.stringify(form));
      },
    },
  },
  methods: {
    send() {
      const {preset, part, shots, frames, overwrite, leaveOut} = this.form;
      this.isAsked = true;
      this.$emit("export", {
        preset, overwrite, leaveOut, target: this.target, quality: this.quality,
        shots: part === "shots" ? shots.trim() : "", frames: part === "frames" ? frames.trim() : "",
      });
    },
    /** What Python found: "" or why it is refused. */
    answer(problem) {
      this.isAsked = false;
      this.problem = problem;
    },
  },
  template: `
    <form class="export" aria-labelledby="export-title" @submit.prevent="send">
      <h2 id="export-title">Export</h2>
      <fieldset class="presets"><legend>as</legend>
        <label v-for="(each, place) in presets" :key="each.name">
          <input type="radio" name="preset" :value="place" v-model="form.preset"><b>{{ each.name }}</b><span>{{ each.words }}</span></label>
      </fieldset>
      <label class="quality">quality
        <input type="range" v-model.number="quality" :min="chosen.qualities[0]" :max="chosen.qualities[1]" :disabled="!hasQuality">
        <output>{{ hasQuality ? quality : "" }}</output><span>{{ hasQuality ? "less is finer, and larger" : "has one quality" }}</span></label>
      <fieldset class="part"><legend>of</legend>
        <label><input type="radio" name="part" value="film" v-model="form.part">the whole film</label>
        <label><input type="radio" name="part" value="shots" v-model="form.part">shots</label>
        <input v-model="form.shots" placeholder="3,7-9" aria-label="shots to write" @focus="form.part = 'shots'" :required="form.part === 'shots'">
        <label><input type="radio" name="part" value="frames" v-model="form.part">frames</label>
        <input v-model="form.frames" placeholder="100-250 or 0:04-0:10" aria-label="frames to write" @focus="form.part = 'frames'" :required="form.part === 'frames'">
      </fieldset>
      <label class="file">to <input v-model="target" spellcheck="false" autocomplete="off" aria-label="file to write" aria-describedby="export-folder"></label>
      <p id="export-folder" :title="folder">in {{ folder }}</p>
      <label><input type="checkbox" v-model="form.overwrite">replace what is there</label>
      <label><input type="checkbox" v-model="form.leaveOut">leave out what does not fit: sound, subtitles</label>
      <button class="main" :disabled="isAsked">Export</button>
      <output class="refused" role="alert">{{ problem }}</output>
    </form>`,
};
