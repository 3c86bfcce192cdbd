/**
 * Short vectors (biases, norms) of one group, concatenated, so that the update is computed once for all of them: a layer has ten, and a runtime needs
 * longer to start an operation than to add two hundred numbers. Not here: the rules (`sgd.ts`, `adamw.ts`).
 */
import { group } from 'd3-array';
import type { Tensor, Trace } from '../program/types/trace.js';
import type { Updatable, Updated } from './update-rule.js';

export interface Pack {
  /** All of them as one. */
  readonly whole: Updatable;
  /** Splits a result for the whole into the results for each. */
  readonly unpack: (updated: Updated) => readonly Updated[];
  /** The index of each in the original list. */
  readonly places: readonly number[];
}

const sizeOf = ({ type }: Tensor): number => type.shape[0] ?? 0;

const packOf = (trace: Trace, parts: readonly Updatable[], places: readonly number[]): Pack => {
  const [first] = parts;
  if (first === undefined) throw new Error('a pack holds at least one parameter');
  if (parts.length === 1) return { whole: first, unpack: (updated) => [updated], places };
  const sizes = parts.map(({ parameter }) => sizeOf(parameter));
  const joined = (of: (part: Updatable) => Tensor): Tensor => trace.concat(parts.map(of), 0);
  return {
    whole: {
      role: first.role,
      group: first.group,
      ...(first.scales === undefined ? {} : { scales: first.scales }),
      parameter: joined(({ parameter }) => parameter),
      gradient: joined(({ gradient }) => gradient),
      moments: first.moments.map((_, which) => joined(({ moments }) => moments[which] as Tensor)),
    },
    unpack: ({ parameter, moments }) => {
      const parameters = trace.split(parameter, 0, sizes);
      const pieces = moments.map((moment) => trace.split(moment, 0, sizes));
      return parts.map((_, part) => ({ parameter: parameters[part] as Tensor, moments: pieces.map((of) => of[part] as Tensor) }));
    },
    places,
  };
};

/** Each matrix by itself, the vectors of a group and of equal scales together, in the order of their first members. */
export const packed = (trace: Trace, updatables: readonly Updatable[]): readonly Pack[] => {
  const keyed = updatables.map((updatable, place) => ({ updatable, place }));
  const packs = group(keyed, ({ updatable: { group, role, scales }, place }) =>
    role === 'vector' ? [group, scales?.rate, scales?.epsilon].join(' ') : place,
  );
  return [...packs.values()].map((of) =>
    packOf(
      trace,
      of.map(({ updatable }) => updatable),
      of.map(({ place }) => place),
    ),
  );
};
