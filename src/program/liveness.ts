/**
 * When each value of a program is read for the last time, so that a backend that runs operation by operation can free memory early. A pure function
 * of the program. Not here: inputs and outputs, which their callers own, so that they stay alive during a run.
 */
import type { Program, ValueId } from './program.js';

/**
 * For each node, in order, the values that are dead after it: those that it reads for the last time, and its results that are never read. Inputs and
 * outputs of the program are never among them.
 *
 * @example For `%1 = exp(%0); %2 = neg(%1); return %2` it is `[[], [1]]`.
 */
export const deathsOf = (program: Program): readonly (readonly ValueId[])[] => {
  const outlives = new Set<ValueId>([...program.inputs, ...program.outputs].map(({ value }) => value));
  const deaths: ValueId[][] = program.nodes.map(() => []);
  for (let index = program.nodes.length - 1; index >= 0; index--) {
    const node = program.nodes[index];
    if (node === undefined) continue;
    for (const value of [...node.outputs, ...node.inputs]) {
      if (outlives.has(value)) continue;
      outlives.add(value);
      deaths[index]?.push(value);
    }
  }
  return deaths;
};
