// The queue: what runs, what waits, what has ended.

const WORDS = {waits: "waits", runs: "runs", paused: "paused", done: "done", failed: "failed", cancelled: "cancelled"};

export default {
  props: ["tasks", "isPaused"],
  emits: ["cancel", "pause", "go-on"],
  data: () => ({copied: 0}),
  methods: {
    wordOf: (task) => WORDS[task.status],
    hasEnded: (task) => ["done", "failed", "cancelled"].includes(task.status),
    /** Where the browser lets no page write the clipboard, the name is selected. */
    async copy(task, event) {
      const field = event.target.parentElement.querySelector("input");
      field.select();
      await navigator.clipboard?.writeText(task.file);
      this.copied = navigator.clipboard ? task.number : 0;
    },
  },
  template: `
    <section class="queue" aria-labelledby="queue-title">
      <header><h2 id="queue-title">Queue</h2>
        <button v-if="isPaused" class="main" @click="$emit('go-on')">Go on</button>
        <button v-else @click="$emit('pause')" :disabled="!(tasks ?? []).some((each) => !hasEnded(each))">Pause</button></header>
      <p v-if="!tasks?.length" class="none">Nothing has run yet. What you colour and export is listed here.</p>
      <ol v-else tabindex="0" aria-label="tasks">
        <li v-for="task in tasks" :key="task.number" :class="task.status" :data-number="task.number">
          <p class="head"><b :title="task.name">{{ task.name }}</b><span>{{ task.numbers }}</span><em>{{ wordOf(task) }}</em></p>
          <p class="more">
            <progress v-if="task.numbers" max="1" :value="task.share ?? undefined" :aria-label="task.name"></progress>
            <input v-if="task.file" type="text" readonly :value="task.file" :aria-label="'file of ' + task.name">
            <span v-else :title="task.told">{{ task.told }}</span>
            <button v-if="task.file" @click="copy(task, $event)">{{ copied === task.number ? "Copied" : "Copy" }}</button>
            <button v-if="!hasEnded(task)" @click="$emit('cancel', task.number)" :aria-label="'cancel ' + task.name">Cancel</button></p>
        </li>
      </ol>
    </section>`,
};
