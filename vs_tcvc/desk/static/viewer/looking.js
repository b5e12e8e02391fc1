// Zoom, pan and the wipe's divider of the viewer.

import { isIn } from "tcvc-viewer/view.js";

export const Looking = {
  data: () => ({ wipe: 0.5, zoom: 1 }),
  computed: {
    zoomWords() {
      return this.zoom === 1 ? "fit" : `${Math.round(100 * this.zoom)} %`;
    },
  },
  methods: {
    wheel(event) {
      this.view.zoomAt(2 ** (-event.deltaY / 300), this.point(event), this.paneAt(event), this.size);
      this.renew();
    },
    fit() {
      this.view.reset();
      this.renew();
    },
    point(event) {
      const { left, top } = this.$refs.stage.getBoundingClientRect();
      return { x: event.clientX - left, y: event.clientY - top };
    },
    paneAt(event) {
      const point = this.point(event);
      return this.places.find((pane) => isIn(point, pane)) ?? this.places[0];
    },
    /** The place in the picture under the pointer; null outside. */
    placeOf(event) {
      const point = this.point(event);
      const rectangle = this.view.place(this.paneAt(event), this.size);
      if (!isIn(point, rectangle)) return null;
      return { x: (point.x - rectangle.x) / rectangle.width, y: (point.y - rectangle.y) / rectangle.height };
    },
    dragWipe(event) {
      if (!event.target.hasPointerCapture(event.pointerId)) return;
      const { left, width } = this.$refs.stage.getBoundingClientRect();
      this.wipe = Math.min(1, Math.max(0, (event.clientX - left) / width));
    },
    keyWipe(event) {
      const step = { ArrowLeft: -0.01, ArrowRight: 0.01, PageDown: -0.1, PageUp: 0.1, Home: -1, End: 1 }[event.key];
      if (!step) return;
      this.wipe = Math.min(1, Math.max(0, this.wipe + step * (event.shiftKey ? 10 : 1)));
      event.preventDefault();
      event.stopPropagation();
    },
  },
};
