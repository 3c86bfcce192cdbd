/**
 * Byte-pair encoding of words of ASCII, as tiktoken has it: of all neighbours the pair with the lowest rank is merged, the leftmost of equal ones,
 * until none has a rank. The package does the same in WebAssembly, where each call copies its text and its tokens: for short words that never come
 * again, as in base64, this took most of the time. A long word takes n log n here, not n². Not here: where words begin (`text-pieces.ts`).
 */
import { RankHeap } from './rank-heap.js';
import type { FlatRanks } from './ranks.js';

const ASCII = 128;
/** No token: higher than every rank. */
const NONE = 0x7fffffff;
/** Up to this many characters the lowest rank is found by looking at all. */
const SHORT = 64;

const hashed = (hash: number, byte: number): number => Math.imul(hash ^ byte, 0x01000193);

/** The tokens of ASCII characters alone, by where these are in a word: open addressing over flat arrays. */
class AsciiRanks {
  /** Rank + 1; 0 where nothing is. A power of two, of which less than half is taken. */
  readonly #places: Int32Array;
  readonly #ranks: FlatRanks;
  /** The ranks of two characters, which are asked for most. */
  readonly #pairs = new Int32Array(ASCII * ASCII).fill(NONE);
  readonly single = new Int32Array(ASCII);
  #longest = 0;

  constructor(ranks: FlatRanks) {
    this.#ranks = ranks;
    const { bytes, begins } = ranks;
    this.#places = new Int32Array(2 ** Math.ceil(Math.log2(2 * begins.length)));
    for (let rank = 0; rank + 1 < begins.length; rank++) {
      const [begin, end] = [begins[rank] ?? 0, begins[rank + 1] ?? 0];
      let ascii = begin;
      while (ascii < end && (bytes[ascii] ?? 0) < ASCII) ascii++;
      if (begin === end || ascii < end) continue;
      this.#longest = Math.max(this.#longest, end - begin);
      const [first, second] = [bytes[begin] ?? 0, bytes[begin + 1] ?? 0];
      if (end - begin === 1) this.single[first] = rank;
      else if (end - begin === 2) this.#pairs[first * ASCII + second] = rank;
      else this.#places[this.#placeOf(bytes, begin, end)] = rank + 1;
    }
  }

  /** Where bytes[begin, end) is, or belongs. */
  #placeOf(bytes: Uint8Array, begin: number, end: number): number {
    let hash = 0;
    for (let at = begin; at < end; at++) hash = hashed(hash, bytes[at] ?? 0);
    const mask = this.#places.length - 1;
    const known = this.#ranks;
    for (let place = (hash ^ (hash >>> 15)) & mask; ; place = (place + 1) & mask) {
      const rank = (this.#places[place] ?? 0) - 1;
      if (rank < 0) return place;
      const first = known.begins[rank] ?? 0;
      if ((known.begins[rank + 1] ?? 0) - first !== end - begin) continue;
      let same = 0;
      while (same < end - begin && known.bytes[first + same] === bytes[begin + same]) same++;
      if (same === end - begin) return place;
    }
  }

  /** The rank of word[begin, end), of two characters or more; `NONE` where it is no token. */
  of(word: Uint8Array, begin: number, end: number): number {
    if (end - begin === 2) return this.#pairs[(word[begin] ?? 0) * ASCII + (word[begin + 1] ?? 0)] ?? NONE;
    if (end - begin > this.#longest) return NONE;
    const found = this.#places[this.#placeOf(word, begin, end)] ?? 0;
    return found === 0 ? NONE : found - 1;
  }
}

/** Words that are encoded one after the other, in memory that is used again. */
export class WordMerges {
  readonly #ranks: AsciiRanks;
  #word = new Uint8Array(SHORT);
  /** Where each part begins, then where the last one ends; its token; the rank of what it would be, merged with the next part. */
  #begins = new Int32Array(SHORT + 1);
  #tokens = new Int32Array(SHORT);
  #merged = new Int32Array(SHORT);
  /** The part before each, by where it begins: of long words only. */
  #before = new Int32Array(SHORT);

  constructor(ranks: FlatRanks) {
    this.#ranks = new AsciiRanks(ranks);
  }

  /**
   * The tokens of units[begin, end), which must be one word of ASCII; they are valid until the next call.
   *
   * @example
   * merges.encode(units, 0, 13) // of 'untokenizable', GPT-2's: un, token, izable
   */
  encode(units: Uint16Array, begin: number, end: number): Int32Array {
    const length = end - begin;
    if (length > this.#word.length) this.#makeRoom(2 * length);
    for (let at = 0; at < length; at++) this.#word[at] = units[begin + at] ?? 0;
    const whole = length > 1 ? this.#ranks.of(this.#word, 0, length) : NONE;
    if (whole !== NONE) return Int32Array.of(whole);
    for (let at = 0; at < length; at++) {
      this.#begins[at] = at;
      this.#tokens[at] = this.#ranks.single[this.#word[at] ?? 0] ?? 0;
      this.#merged[at] = at + 1 < length ? this.#ranks.of(this.#word, at, at + 2) : NONE;
    }
    this.#begins[length] = length;
    return this.#tokens.subarray(0, length <= SHORT ? this.#mergeShort(length) : this.#mergeLong(length));
  }

  #makeRoom(length: number): void {
    this.#word = new Uint8Array(length);
    this.#begins = new Int32Array(length + 1);
    this.#tokens = new Int32Array(length);
    this.#merged = new Int32Array(length);
    this.#before = new Int32Array(length);
  }

  /** Parts are kept side by side. Returns their number. */
  #mergeShort(length: number): number {
    const [word, begins, tokens, merged] = [this.#word, this.#begins, this.#tokens, this.#merged];
    for (let parts = length; ; parts--) {
      let lowest = NONE;
      let at = 0;
      for (let part = 0; part + 1 < parts; part++) {
        const rank = merged[part] ?? NONE;
        if (rank >= lowest) continue;
        lowest = rank;
        at = part;
      }
      if (lowest === NONE) return parts;
      tokens[at] = lowest;
      for (let part = at + 1; part + 1 < parts; part++) {
        begins[part] = begins[part + 1] ?? 0;
        tokens[part] = tokens[part + 1] ?? 0;
        merged[part] = merged[part + 1] ?? NONE;
      }
      begins[parts - 1] = length;
      merged[at] = at + 2 < parts ? this.#ranks.of(word, begins[at] ?? 0, begins[at + 2] ?? 0) : NONE;
      if (at > 0) merged[at - 1] = this.#ranks.of(word, begins[at - 1] ?? 0, begins[at + 1] ?? 0);
    }
  }

  /** Parts stay where they begin, linked to their neighbours: `begins[part + 1]` is not moved, but says where the next part begins. */
  #mergeLong(length: number): number {
    const [word, tokens, merged, before] = [this.#word, this.#tokens, this.#merged, this.#before];
    const next = this.#begins;
    const heap = new RankHeap(length);
    for (let part = 0; part < length; part++) {
      next[part] = part + 1;
      before[part] = part - 1;
      if (merged[part] !== NONE) heap.add(merged[part] ?? NONE, part);
    }
    /** Ranks the pair that begins with this part again. */
    const rankPair = (part: number): void => {
      const right = next[part] ?? length;
      const rank = right < length ? this.#ranks.of(word, part, next[right] ?? length) : NONE;
      merged[part] = rank;
      if (rank !== NONE) heap.add(rank, part);
    };
    for (let part = heap.take(); part >= 0; part = heap.take()) {
      // A pair that was ranked before one of its parts grew has another rank now: what is longer is another token.
      if (merged[part] !== heap.rank) continue;
      const gone = next[part] ?? length;
      const right = next[gone] ?? length;
      tokens[part] = heap.rank;
      merged[gone] = NONE;
      next[part] = right;
      if (right < length) before[right] = part;
      rankPair(part);
      if (part > 0) rankPair(before[part] ?? 0);
    }
    let parts = 0;
    for (let part = 0; part < length; part = next[part] ?? length) tokens[parts++] = tokens[part] ?? 0;
    return parts;
  }
}
