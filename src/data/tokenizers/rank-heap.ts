/** A binary heap of pairs, each known by where it begins: the lowest rank comes first, of equal ranks the leftmost. */

/** More than any position: a key is rank × SPAN + position, which a double holds exactly. */
const SPAN = 2 ** 30;

export class RankHeap {
  #keys: Float64Array;
  #count = 0;
  /** The rank of the pair that was taken last. */
  rank = 0;

  /** @param room pairs that are expected; it grows. */
  constructor(room: number) {
    this.#keys = new Float64Array(room);
  }

  add(rank: number, position: number): void {
    if (this.#count === this.#keys.length) {
      const larger = new Float64Array(2 * this.#count + 1);
      larger.set(this.#keys);
      this.#keys = larger;
    }
    const keys = this.#keys;
    const key = rank * SPAN + position;
    let at = this.#count++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = keys[parent] ?? 0;
      if (above <= key) break;
      keys[at] = above;
      at = parent;
    }
    keys[at] = key;
  }

  /** Removes the first pair and returns where it begins; -1 where there is none. */
  take(): number {
    if (this.#count === 0) return -1;
    const keys = this.#keys;
    const first = keys[0] ?? 0;
    const last = keys[--this.#count] ?? 0;
    let at = 0;
    for (let child = 1; child < this.#count; child = 2 * at + 1) {
      if (child + 1 < this.#count && (keys[child + 1] ?? 0) < (keys[child] ?? 0)) child += 1;
      const below = keys[child] ?? 0;
      if (below >= last) break;
      keys[at] = below;
      at = child;
    }
    keys[at] = last;
    this.rank = Math.floor(first / SPAN);
    return first - this.rank * SPAN;
  }
}
