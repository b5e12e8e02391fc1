// Pictures of frames, decoded and kept near the playhead.
//
// The viewer says which pictures it wishes, the most urgent first; a new list replaces the one before, and what is
// still on its way but wished no more is aborted. An old picture stays until the new one is there.

const PARALLEL = 4;
const MOST_BYTES = 256 * 2 ** 20;

/**
 * A wish: {frame, shown, width, version, urgent}. A picture fulfils it if it is of that version, at least as wide.
 * An urgent one that has begun is let finish, so that a playhead that never rests still shows what it passes.
 */
export class Pictures {
  /** url(wish) -> address; arrived() is called after each picture, failed(frame) for one that cannot be had. */
  constructor(url, arrived, failed) {
    Object.assign(this, { url, arrived, failed });
    this.kept = new Map(); // by key, the least recently used first
    this.coming = new Map(); // by key: {wish, abort}
    this.missing = new Map(); // by key: the version that failed
    this.wishes = [];
    this.bytes = 0;
  }

  /** Replace the wishes. */
  wish(wishes) {
    this.wishes = wishes.filter((wish) => !this.has(wish));
    let spared = false;
    for (const { wish, abort } of [...this.coming.values()]) {
      if (this.wishes.some((each) => isSame(each, wish))) continue;
      if (wish.urgent && !spared && !this.wishes.some((each) => key(each) === key(wish))) spared = true;
      else {
        this.coming.delete(key(wish));
        abort.abort();
      }
    }
    this.begin();
  }

  /** The picture of a frame, of whatever version and width; undefined if there is none. */
  get(frame, shown) {
    const name = key({ frame, shown });
    const found = this.kept.get(name);
    if (found) {
      this.kept.delete(name);
      this.kept.set(name, found);
    }
    return found;
  }

  /** The picture of the frame nearest to this one. */
  nearest(frame, shown) {
    let best;
    for (const each of this.kept.values()) {
      if (each.shown === shown && (!best || Math.abs(each.frame - frame) < Math.abs(best.frame - frame))) best = each;
    }
    return best && this.get(best.frame, shown);
  }

  /** Whether there is a picture that fulfils a wish, or it is known that there is none. */
  has(wish) {
    const found = this.kept.get(key(wish));
    if (found && found.version === wish.version && found.width >= wish.width) return true;
    return this.missing.get(key(wish)) === wish.version;
  }

  /** Forget everything. */
  close() {
    this.wishes = [];
    for (const { abort } of this.coming.values()) abort.abort();
    for (const { bitmap } of this.kept.values()) bitmap.close();
    this.kept.clear();
    this.closed = true;
  }

  begin() {
    for (const wish of this.wishes) {
      if (this.coming.size >= PARALLEL) return;
      const other = this.coming.get(key(wish));
      if (other && isSame(other.wish, wish)) continue;
      if (other) other.abort.abort();
      const abort = new AbortController();
      this.coming.set(key(wish), { wish, abort });
      this.fetch(wish, abort.signal);
    }
  }

  async fetch(wish, signal) {
    try {
      const answer = await fetch(this.url(wish), { signal, priority: wish.urgent ? "high" : "low" });
      if (!answer.ok) throw new Error(`${answer.status}`);
      const bitmap = await createImageBitmap(await answer.blob());
      if (signal.aborted || this.closed) return bitmap.close();
      this.keep({ ...wish, bitmap, is: answer.headers.get("X-Made-Of") || wish.shown });
    } catch (error) {
      if (signal.aborted || this.closed) return;
      this.missing.set(key(wish), wish.version);
      this.failed(wish.frame);
    }
    this.coming.delete(key(wish));
    this.wishes = this.wishes.filter((each) => !isSame(each, wish));
    this.begin();
    this.arrived();
  }

  keep(picture) {
    const before = this.kept.get(key(picture));
    if (before) this.drop(before);
    this.kept.set(key(picture), picture);
    this.missing.delete(key(picture));
    this.bytes += size(picture);
    for (const oldest of this.kept.values()) {
      if (this.bytes <= MOST_BYTES || oldest === picture) break;
      this.drop(oldest);
    }
  }

  drop(picture) {
    this.kept.delete(key(picture));
    this.bytes -= size(picture);
    picture.bitmap.close();
  }
}

const key = ({ frame, shown }) => `${shown} ${frame}`;
const size = ({ bitmap }) => 4 * bitmap.width * bitmap.height;
const isSame = (one, other) =>
  key(one) === key(other) && one.version === other.version && one.width === other.width;
