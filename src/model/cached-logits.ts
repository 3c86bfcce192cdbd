/**
 * The logits of a growing text. Attention's keys and values of each token are kept in a cache, so that the next pass sees only new tokens: the same
 * family, the same equations,
 *
 *     K ← K + place·k,   V ← V + place·v,   attention = softmax(scale·q·Kᵀ + mask)·V,
 *
 * where `place` writes each new row at its token's position, which was zero before. The beginning of a text is such a pass too, over an empty cache.
 * Not here: drawing a text (`src/runner/sampler.ts`), logits of whole sequences (`level-programs.ts`).
 */
import type { Program } from '../program/program.js';
import type { Tensor, Trace } from '../program/types/trace.js';
import { type Discretization, discretizationOf } from '../schedule/grid.js';
import { familyOf } from './families.js';
import type { Heads, SizedModel } from './family.js';
import { logitsOf } from './head.js';
import { begin, byTime, forwardOf, type LevelTrace, type View } from './level-trace.js';

/** The sizes of a pass over new tokens. */
export interface CachedPass {
  /** The number of new tokens, at least one. */
  readonly tokens: number;
  /** The cache's capacity: the number of all tokens that there will be, at most the context. */
  readonly places: number;
}

/** A future output, by the name of the input whose next value it is. */
interface Kept {
  readonly name: string;
  readonly tensor: Tensor;
}

/** [rows, width] → [heads, rows, width/heads] */
const byHead = (trace: Trace, x: Tensor, heads: number): Tensor => {
  const [rows = 0, width = 0] = x.type.shape;
  return trace.transpose(trace.reshape(x, [rows, heads, width / heads]), [1, 0, 2]);
};

/** How a pass sees new tokens after earlier ones; `kept` receives the next values of the caches. */
const cachedView = ({ trace, model }: LevelTrace, { tokens, places }: CachedPass, positions: Tensor, kept: Kept[]): View => {
  const grown = (what: string, rows: Tensor): Tensor => {
    const name = `attention.${Math.floor(kept.length / 2)}.${what}`;
    const before = trace.input(name, 'cache', { dtype: 'f32', shape: [places, rows.type.shape[1] ?? 0] });
    const tensor = trace.add(before, trace.scatterAdd(rows, positions, places));
    kept.push({ name, tensor });
    return tensor;
  };
  const attention = (q: Tensor, k: Tensor, v: Tensor, { heads, scale }: Heads): Tensor => {
    const [width = 0, narrow = 0] = [q.type.shape[1], k.type.shape[1]];
    const size = width / heads;
    const own = narrow / size; // heads of keys and values
    const [keys, values] = [grown('keys', k), grown('values', v)].map((all) => byHead(trace, all, own)) as [Tensor, Tensor];
    // The queries that meet one head of keys and values are one matrix: [own, heads/own · tokens, …]
    const grouped = (x: Tensor, last: number): Tensor => trace.reshape(x, [own, (heads / own) * tokens, last]);
    const mask = trace.reshape(trace.gather(trace.causalMask(places), positions), [1, tokens, places]);
    const products = trace.matmul(grouped(byHead(trace, q, heads), size), keys, { transposeB: true, alpha: scale });
    const scores = trace.add(trace.reshape(products, [heads, tokens, places]), mask);
    const mixed = trace.matmul(grouped(trace.softmax(scores), places), values);
    return trace.reshape(trace.transpose(trace.reshape(mixed, [heads, tokens, size]), [1, 0, 2]), q.type.shape);
  };
  if (places > model.context) throw new RangeError(`a model of context ${model.context} has no ${places} places`);
  return { time: tokens, ofPlaces: (table) => byTime(trace, trace.gather(table, positions)), attention };
};

/**
 * (parameters, caches, tokens i32 [tokens], their positions i32 [tokens]) → logits [1, vocabulary] of what follows the last of them, caches. A cache
 * has the role `cache` and is [places, width] of zeros before the first pass. It is not rewritten: the rewrites multiply whole matrices to save
 * passes over many rows, and here there are few.
 *
 * @example
 * const beginning = cachedLogits(model, level, { tokens: 5, places: 205 })
 * const next = cachedLogits(model, level, { tokens: 1, places: 205 })
 */
export const cachedLogits = (model: SizedModel, level: Discretization, pass: CachedPass): Program => {
  const { tokens, places } = pass;
  const traced = begin(`logits after ${tokens} of ${places}`, { model, level: discretizationOf(level), batch: 1 });
  const { trace } = traced;
  const input = (name: string): Tensor => trace.input(name, 'batch', { dtype: 'i32', shape: [tokens] });
  const [given, positions] = [input('tokens'), input('positions')];
  const kept: Kept[] = [];
  const family = familyOf(model);
  const forward = forwardOf(traced, [], cachedView(traced, pass, positions, kept));
  const hidden = family.hiddenStates(forward, given); // [tokens, width]
  const last = tokens === 1 ? hidden : trace.split(hidden, 0, [tokens - 1, 1])[1];
  if (last === undefined) throw new Error(`${tokens} tokens have no last one`);
  const logits = logitsOf(trace, last, family.head(forward));
  return trace.finish([
    { name: 'logits', role: 'logits', tensor: logits },
    ...kept.map(({ name, tensor }) => ({ name, role: 'cache' as const, tensor })),
  ]);
};
