/**
 * The bytes that a program holds at its peak, by its own liveness: what is given stays, a result stays until nothing reads it any more, and what is
 * returned is made beside what was given. Not here: what a runtime takes besides, and what else a run holds.
 */
import { deathsOf } from './liveness.js';
import { type Program, sizeOf, type ValueId } from './program.js';

/**
 * @example For `%1 = exp(%0); %2 = neg(%1); return %2` on one f32 it is 12: all three values are alive while `neg` runs.
 */
export const peakBytes = (program: Program): number => {
  const { types, inputs, nodes } = program;
  const deaths = deathsOf(program);
  const bytesOf = (values: readonly ValueId[]): number => values.reduce((sum, value) => sum + 4 * sizeOf(types[value]?.shape ?? []), 0);
  let held = bytesOf(inputs.map(({ value }) => value));
  let peak = held;
  for (const [index, node] of nodes.entries()) {
    held += bytesOf(node.outputs);
    peak = Math.max(peak, held);
    held -= bytesOf(deaths[index] ?? []);
  }
  return peak;
};
