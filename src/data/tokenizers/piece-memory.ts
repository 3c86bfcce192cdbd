/**
 * The tokens of pieces of text that were seen before. A piece is looked up where it lies in its text: no string is made of it, which would take longer
 * than all else here. Open addressing over flat arrays. Not here: where pieces begin (`text-pieces.ts`), what the tokens of a new one are (`tiktoken.ts`).
 */

/** A longer one is not remembered: it will hardly come again. */
const LONGEST = 48;
/** Tokens that a remembered piece has at most: a unit is at most three bytes, and a token at least one. */
export const MOST_TOKENS = 3 * LONGEST;
/** Places of the table, a power of two; at most half of them are taken. */
const PLACES = 1 << 18;
const MOST = PLACES / 2;
/** Units of all pieces together, and tokens: some megabytes. */
const ROOM = 12 * MOST;
/** Numbers of a place: where its units begin, how many there are, where its tokens begin, how many there are. */
const FIELDS = 4;

/** FNV-1a, a unit at a time: begin with `HASH`, and give it every unit of the piece. */
export const HASH = 0x811c9dc5 | 0;
export const hashed = (hash: number, unit: number): number => Math.imul(hash ^ unit, 0x01000193);

export class PieceMemory {
  readonly #places = new Int32Array(PLACES * FIELDS);
  readonly #units = new Uint16Array(ROOM);
  readonly #tokens = new Int32Array(ROOM);
  /** The token + 1 of each piece that is one character of ASCII: a third of all. */
  readonly #ofCharacter = new Int32Array(128);
  #pieces = 0;
  #unitsTaken = 0;
  #tokensTaken = 0;

  /** The piece units[begin, end), or the free place where it belongs. */
  #placeOf(units: Uint16Array, begin: number, end: number, hash: number): number {
    const length = end - begin;
    // The high bits of a product are the better mixed ones.
    for (let place = (hash ^ (hash >>> 15)) & (PLACES - 1); ; place = (place + 1) & (PLACES - 1)) {
      const at = place * FIELDS;
      const known = this.#places[at + 1] ?? 0;
      if (known === 0) return at;
      if (known !== length) continue;
      const first = this.#places[at] ?? 0;
      let same = 0;
      while (same < length && this.#units[first + same] === units[begin + same]) same++;
      if (same === length) return at;
    }
  }

  /**
   * Writes the tokens of units[begin, end) into `to` from `length` on, where there must be room for `MOST_TOKENS`.
   *
   * @returns how many they are; 0 where the piece is not known.
   */
  read(units: Uint16Array, begin: number, end: number, hash: number, to: Int32Array, length: number): number {
    const single = end - begin === 1 ? (this.#ofCharacter[units[begin] ?? 0] ?? 0) : 0;
    if (single > 0) {
      to[length] = single - 1;
      return 1;
    }
    const at = this.#placeOf(units, begin, end, hash);
    const first = this.#places[at + 2] ?? 0;
    const count = this.#places[at + 3] ?? 0;
    for (let index = 0; index < count; index++) to[length + index] = this.#tokens[first + index] ?? 0;
    return count;
  }

  /** Where it is full, all are forgotten: what comes often will be back soon. */
  remember(units: Uint16Array, begin: number, end: number, hash: number, tokens: ArrayLike<number>): void {
    const length = end - begin;
    if (length > LONGEST) return;
    const unit = units[begin] ?? 0;
    if (length === 1 && unit < this.#ofCharacter.length) {
      this.#ofCharacter[unit] = (tokens[0] ?? 0) + 1;
      return;
    }
    if (this.#pieces >= MOST || this.#unitsTaken + length > ROOM || this.#tokensTaken + tokens.length > ROOM) {
      this.#places.fill(0);
      this.#pieces = this.#unitsTaken = this.#tokensTaken = 0;
    }
    const at = this.#placeOf(units, begin, end, hash);
    this.#places[at] = this.#unitsTaken;
    this.#places[at + 1] = length;
    this.#places[at + 2] = this.#tokensTaken;
    this.#places[at + 3] = tokens.length;
    for (let index = 0; index < length; index++) this.#units[this.#unitsTaken + index] = units[begin + index] ?? 0;
    for (let index = 0; index < tokens.length; index++) this.#tokens[this.#tokensTaken + index] = tokens[index] ?? 0;
    this.#pieces += 1;
    this.#unitsTaken += length;
    this.#tokensTaken += tokens.length;
  }
}
