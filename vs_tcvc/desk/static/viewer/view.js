// Where a picture lies on the canvas: fitted into a pane, enlarged about a place, moved.

const MOST = 16;

export class View {
  constructor() {
    this.reset();
  }

  /** The whole picture. */
  reset() {
    this.zoom = 1;
    this.x = 0.5; // the place of the picture that is in the middle of the pane
    this.y = 0.5;
  }

  /** The rectangle of the whole picture of that aspect (width, height), in the units of the pane. */
  place(pane, aspect) {
    const scale = this.zoom * Math.min(pane.width / aspect[0], pane.height / aspect[1]);
    const width = aspect[0] * scale;
    const height = aspect[1] * scale;
    const x = pane.x + pane.width / 2 - this.x * width;
    const y = pane.y + pane.height / 2 - this.y * height;
    return { x, y, width, height };
  }

  /** Zoom by a factor; what is at the point, in the units of the pane, stays there. */
  zoomAt(factor, point, pane, aspect) {
    const before = this.place(pane, aspect);
    const at = [(point.x - before.x) / before.width, (point.y - before.y) / before.height];
    this.zoom = Math.min(MOST, Math.max(1, this.zoom * factor));
    const after = this.place(pane, aspect);
    this.x += (after.x + at[0] * after.width - point.x) / after.width;
    this.y += (after.y + at[1] * after.height - point.y) / after.height;
    this.limit(pane, aspect);
  }

  /** Move the picture by so many units of the pane. */
  move(across, down, pane, aspect) {
    const { width, height } = this.place(pane, aspect);
    this.x -= across / width;
    this.y -= down / height;
    this.limit(pane, aspect);
  }

  /** No edge of the picture comes inside the pane, as far as the picture is larger than it. */
  limit(pane, aspect) {
    const { width, height } = this.place(pane, aspect);
    const [across, down] = [Math.min(0.5, pane.width / width / 2), Math.min(0.5, pane.height / height / 2)];
    this.x = Math.min(1 - across, Math.max(across, this.x));
    this.y = Math.min(1 - down, Math.max(down, this.y));
  }
}

const CLEARLY = 1.2; // as large are pictures below each other, if they are not to stand side by side

/** One pane, or two: side by side, or below each other where that shows the pictures clearly larger. */
export function panes(count, width, height, aspect) {
  if (count === 1) return [{ x: 0, y: 0, width, height }];
  const gap = 4;
  const [half, low] = [(width - gap) / 2, (height - gap) / 2];
  const fit = (w, h) => Math.min(w / aspect[0], h / aspect[1]);
  if (CLEARLY * fit(half, height) >= fit(width, low)) {
    return [{ x: 0, y: 0, width: half, height }, { x: half + gap, y: 0, width: half, height }];
  }
  return [{ x: 0, y: 0, width, height: low }, { x: 0, y: low + gap, width, height: low }];
}

/** Whether a point is in a rectangle. */
export const isIn = (point, { x, y, width, height }) =>
  point.x >= x && point.x < x + width && point.y >= y && point.y < y + height;
