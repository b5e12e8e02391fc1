// Plays at the film's rate: the clock decides which frame it is, so a slow picture costs frames, never time.

export class Player {
  /** show(frame) is called for each frame that is due. */
  constructor(rate, show) {
    Object.assign(this, { rate, show });
  }

  get isPlaying() {
    return this.ticking !== undefined;
  }

  /** Play [first, end) over and over, from a frame. */
  start(frame, first, end) {
    this.stop();
    const begin = performance.now();
    const from = frame >= first && frame < end - 1 ? frame : first;
    const tick = (now) => {
      const passed = Math.max(0, Math.floor(((now - begin) / 1000) * this.rate));
      this.ticking = requestAnimationFrame(tick);
      this.show(first + ((from - first + passed) % (end - first)));
    };
    this.ticking = requestAnimationFrame(tick);
  }

  stop() {
    if (this.isPlaying) cancelAnimationFrame(this.ticking);
    this.ticking = undefined;
  }
}
