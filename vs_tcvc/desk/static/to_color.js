// What there is to colour, and why.

import {selectedShots} from "/static/selection.js";

export default {
  props: ["told", "reasons", "isDone"],
  emits: ["color"],
  data: () => ({shots: selectedShots()}),
  template: `
    <section class="to-color" aria-labelledby="to-color-title">
      <h2 id="to-color-title">{{ told }}</h2>
      <ul tabindex="0" aria-label="reasons"><li v-for="[why, which] in reasons" :key="why"><b>{{ why }}</b> {{ which }}</li></ul>
      <form @submit.prevent="$emit('color', shots.trim())">
        <button type="button" class="main" :disabled="isDone !== false" @click="$emit('color', '')">Colour all</button>
        <label>shots <input v-model="shots" placeholder="3,7-9" size="14"></label>
        <button :disabled="!shots.trim()">Colour these</button>
      </form>
    </section>`,
};
