/**
 * A text that requires depth: each symbol is a table applied to its predecessors, and to the results of that, up to four times. Generated
 * from a seed, of any length. Not here: training on it (`settings.ts`), writing it to disk (`write-text.ts`).
 */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Symbols 0 … 3. */
const SYMBOLS = 4;

/** The maximum number of applications of the table. */
const LEVELS = 4;

/** f(a, b) at 4a + b: drawn once from the tables in which each symbol occurs four times. */
const TABLE = [1, 2, 0, 2, 1, 2, 3, 0, 0, 3, 2, 1, 1, 3, 0, 3] as const;

const f = (a: number, b: number): number => TABLE[SYMBOLS * a + b] ?? 0;

/** Letters A … P: a symbol, and the number of table applications for the next one. */
const letter = (symbol: number, level: number): number => 65 + SYMBOLS * (level - 1) + symbol;

/**
 * A token is a symbol x and a level l, drawn uniformly from 1 … 4. The next token's symbol is z_l + l mod 4, where z_0 is the sequence of
 * the symbols and z_d at t is f(z_{d-1} at t, z_{d-1} at t - 1). So a symbol is a function of the last l + 1 tokens; only a token's level
 * is unpredictable, log 4 = 1.386 nats.
 *
 * @example
 * composedTables(1, 1000) // 1,000 letters
 */
export const composedTables = (seed: number, length: number): string => {
  const generator = xoroshiro128plus(seed);
  const draw = (bound: number): number => uniformInt(generator, 0, bound - 1);
  const letters = new Uint8Array(length);
  let before: readonly number[] = Array.from({ length: LEVELS + 1 }, () => draw(SYMBOLS));
  let symbol = draw(SYMBOLS);
  for (let at = 0; at < length; at++) {
    const level = 1 + draw(LEVELS);
    letters[at] = letter(symbol, level);
    const now = [symbol];
    for (let d = 1; d <= LEVELS; d++) now.push(f(now[d - 1] ?? 0, before[d - 1] ?? 0));
    before = now;
    symbol = ((now[level] ?? 0) + level) % SYMBOLS;
  }
  return Buffer.from(letters).toString('latin1');
};
