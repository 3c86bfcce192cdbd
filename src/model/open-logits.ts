/**
 * The logits of every token of a text, as a program whose number of tokens is left open: for whoever writes it in a language that knows sizes only when
 * it runs. Nothing here runs it. Not here: such a language (`src/export`).
 */
import type { Program } from '../program/program.js';
import { type Discretization, discretizationOf } from '../schedule/grid.js';
import { familyOf } from './families.js';
import type { SizedModel } from './family.js';
import { logitsOf } from './head.js';
import { begin, byTime, forwardOf } from './level-trace.js';

/** Stands for the tokens' number in shapes: a prime, so that no size which is known is a multiple of it. */
export const OPEN = 2 ** 31 - 1;

/** (parameters, tokens i32 [OPEN], their positions i32 [OPEN]) → logits [OPEN, vocabulary]. Where tokens meet is the operation `attention`. */
export const openLogits = (model: SizedModel, level: Discretization): Program => {
  const traced = begin('logits', { model, level: discretizationOf(level), batch: 1 });
  const { trace } = traced;
  const [tokens, positions] = [
    trace.input('tokens', 'batch', { dtype: 'i32', shape: [OPEN] }),
    trace.input('positions', 'batch', { dtype: 'i32', shape: [OPEN] }),
  ];
  const family = familyOf(model);
  const forward = forwardOf(traced, [], {
    time: OPEN,
    ofPlaces: (table) => byTime(trace, trace.gather(table, positions)),
    attention: (q, k, v, heads) => trace.attention(q, k, v, { batch: 1, ...heads }),
  });
  const logits = logitsOf(trace, family.hiddenStates(forward, tokens), family.head(forward));
  return trace.finish([{ name: 'logits', role: 'logits', tensor: logits }]);
};
