/** Timecode of a frame counted from the film's first, without drop-frame: 01:02:03:04. */
export function timecode(index, rate) {
  const base = Math.max(1, Math.round(rate));
  const seconds = Math.floor(index / base);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60, index - seconds * base];
  return parts.map((each) => String(each).padStart(2, "0")).join(":");
}
