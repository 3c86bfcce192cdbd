/**
 * Binding: free names become numbers. Every name must be bound, and every binding must be used. Not here: what the numbers mean
 * together (`../verify.ts`).
 */

import { closest } from 'fastest-levenshtein';
import * as E from 'fp-ts/lib/Either.js';
import { match } from 'ts-pattern';
import { type Fault, inputFault } from '../../fault.js';
import { type CountRole, countFault } from '../counts.js';
import type { Stage } from '../schedule.js';
import { boundInVain, inside, nearestWord, unboundName } from '../sentences.js';
import type { OpenCount, OpenStage, OpenStages } from './open.js';

export type Bindings = { readonly [name: string]: number };

/** A count with the role in which it stands. */
type Use = readonly [role: CountRole, count: OpenCount];

const uses = (stages: OpenStages): readonly Use[] =>
  stages.flatMap((stage) =>
    match(stage)
      .returnType<readonly Use[]>()
      .with({ kind: 'train' }, ({ steps }) => [['steps', steps]])
      .with({ kind: 'restrict' }, ({ operator }) => [
        ['factor', operator.factor],
        ['offset', operator.offset],
      ])
      .with({ kind: 'prolongate' }, () => [])
      .with({ kind: 'repeat' }, ({ times, stages }) => [['times', times], ...uses(stages)])
      .exhaustive(),
  );

/** The free names of the stages, each once, in the order of the text. */
export const namesOf = (stages: OpenStages): readonly string[] => [
  ...new Set(uses(stages).flatMap(([, count]) => (typeof count === 'number' ? [] : [count.name]))),
];

const faultOf = (stages: OpenStages, values: Bindings): string | undefined => {
  const names = namesOf(stages);
  const unbound = names.find((name) => !Object.hasOwn(values, name));
  if (unbound !== undefined) return unboundName(unbound);
  const vain = Object.keys(values).find((name) => !names.includes(name));
  if (vain !== undefined) return boundInVain(vain) + (names.length === 0 ? '' : nearestWord(closest(vain, names)));
  for (const [role, count] of uses(stages)) {
    if (typeof count === 'number') continue;
    const fault = countFault(role, String(values[count.name]));
    if (fault !== undefined) return inside(count.name, fault);
  }
  return undefined;
};

const bound = (count: OpenCount, values: Bindings): number =>
  // Only called once `faultOf` found nothing: the name is there.
  typeof count === 'number' ? count : (values[count.name] as number);

const bindStage = (stage: OpenStage, values: Bindings): Stage =>
  match(stage)
    .returnType<Stage>()
    .with({ kind: 'train' }, ({ steps }) => ({ kind: 'train', steps: bound(steps, values) }))
    .with({ kind: 'restrict' }, ({ operator, h, moments }) => ({
      kind: 'restrict',
      operator: { kind: 'every', factor: bound(operator.factor, values), offset: bound(operator.offset, values) },
      h,
      moments,
    }))
    .with({ kind: 'prolongate' }, (prolongate) => prolongate)
    .with({ kind: 'repeat' }, ({ times, stages }) => ({
      kind: 'repeat',
      times: bound(times, values),
      stages: stages.map((inner) => bindStage(inner, values)),
    }))
    .exhaustive();

/**
 * Gives every free name its number.
 *
 * @returns the stages; or the fault of the first name that is not bound, is bound in vain, or is bound to a number out of bounds.
 * @example
 * bind([{ kind: 'train', steps: { name: 'n' } }], { n: 400 }) // right([{ kind: 'train', steps: 400 }])
 */
export const bind = (stages: OpenStages, values: Bindings): E.Either<Fault, readonly Stage[]> => {
  const fault = faultOf(stages, values);
  return fault === undefined ? E.right(stages.map((stage) => bindStage(stage, values))) : E.left(inputFault(fault));
};
