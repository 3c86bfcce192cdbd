/** The cost of a model by the FLOP conventions that know its family. Not here: what a convention is (`convention.ts`). */
import type { Convention, SequenceFlops } from './convention.js';
import { familyOf } from './families.js';
import type { SizedModel } from './family.js';
import { parameterCount } from './parameters.js';

/** A row for tables and JSON. */
export interface ConventionCount extends SequenceFlops {
  readonly name: Convention['name'];
  readonly cite: string;
}

/**
 * One row per convention. For a coarse level, pass the model with that level's layers.
 *
 * @example
 * conventionCounts({ ...gpt2, layers: 6 }).map(({ name, training }) => [name, training])
 */
export const conventionCounts = (model: SizedModel): readonly ConventionCount[] =>
  familyOf(model).conventions.map((convention) => ({
    name: convention.name,
    cite: convention.cite,
    ...convention.flops(model, parameterCount(model)),
  }));
