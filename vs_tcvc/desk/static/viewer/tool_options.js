// What the chosen tool has to set, in one line under the picture.

export const ToolOptions = {
  template: `
    <div class="options">
      <template v-if="tool === 'hint' && mark">
        <label>radius <input type="range" min="0.005" max="0.2" step="0.005" :value="radius"
          aria-label="radius of the hint" @input="$emit('radius', Number($event.target.value))"
          @change="$emit('change', {number: mark.number, radius: Number($event.target.value)})"></label>
        <button type="button" @click="$emit('remove', mark.number)" title="remove the hint (Delete)">Remove</button>
      </template>
      <template v-else-if="tool === 'paint'">
        <label>size <input type="range" min="0.01" max="0.5" step="0.01" v-model.number="brush.size"
          aria-label="size of the brush"></label>
        <label>softness <input type="range" min="0" max="1" step="0.05" v-model.number="brush.softness"
          aria-label="softness of the brush"></label>
        <button type="button" :aria-pressed="brush.erases" @click="brush.erases = !brush.erases">Eraser</button>
        <button type="button" :disabled="!strokes" @click="$emit('take-back')"
          title="take the last stroke back (Ctrl+Z)">Take back</button>
        <button type="button" :disabled="!strokes" @click="$emit('clear')">Clear</button>
        <button type="button" class="main" :disabled="!strokes || sent" @click="$emit('use')">Use as reference</button>
      </template>
      <span v-else class="advice">{{ advice }}</span>
      <i v-if="tool === 'hint' || tool === 'eyedropper'" class="swatch" :style="{background: color}" :title="color"></i>
    </div>`,
  props: { tool: String, color: String, mark: Object, radius: Number, brush: Object, strokes: Number, sent: Boolean },
  emits: ["radius", "change", "remove", "take-back", "clear", "use"],
  computed: {
    advice() {
      return {
        look: "the wheel zooms, dragging moves",
        hint: "click a thing to give it this colour",
        eyedropper: "click a place to take its colour",
      }[this.tool];
    },
  },
};
