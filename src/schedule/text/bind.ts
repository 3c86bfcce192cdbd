/**
 * Binding: free names become numbers. Every name must be bound, and every binding must be used. Not here: what the numbers mean
 * together (`../verify/verify.ts`).
 */

import * as E from 'fp-ts/lib/Either.js';
import { match, P } from 'ts-pattern';
import { type Fault, inputFault } from '../../fault.js';
import { nearestTo } from '../../nearest.js';
import { isOptions } from '../../options.js';
import { shownValue } from '../../shown-value.js';
import { foreignIn } from '../../visible.js';
import { alphaFault } from '../bounds/alpha.js';
import { type AmountRole, amountFault, amounts } from '../bounds/amounts.js';
import { type CountRole, countFault } from '../bounds/counts.js';
import { countOfGrowth, growthCounts, growthOfKind } from '../bounds/growth.js';
import type { OpenCorrection, OpenCount, OpenOperator, OpenSimpleOperator, OpenStage, OpenStages } from '../open-stages.js';
import type { Correction, Operator, SimpleOperator, Stage } from '../schedule.js';
import { inside, mustBe } from '../sentences.js';
import { unboundName, unusedName } from './sentences.js';
import { bindTrain, trainNumbers } from './train.js';

export type Bindings = { readonly [name: string]: number };

/** The role of a count, of a number that need not be whole, or of a correction's factor. */
type Role = CountRole | AmountRole | 'correction';

/** Those of numbers up to 1. */
export const shares = ['correction', 'mix', 'stochasticDepth'] as const satisfies readonly Role[];

const isAmount = (role: Role): role is AmountRole => Object.hasOwn(amounts, role);

const numberFault = (role: Role, numeral: string): string | undefined => {
  if (role === 'correction') return alphaFault(numeral);
  return isAmount(role) ? amountFault(role, numeral) : countFault(role, numeral);
};

/** A number with its role. */
type Use = readonly [role: Role, count: OpenCount];

const usesOfOperator = (operator: OpenOperator): readonly Use[] =>
  match(operator)
    .returnType<readonly Use[]>()
    .with({ kind: 'every' }, ({ factor, offset }) => [
      ['factor', factor],
      ['offset', offset],
    ])
    .with({ kind: P.union('average', 'width') }, ({ factor }) => [['factor', factor]])
    .with({ kind: 'matrix' }, () => [])
    .with({ kind: 'compose' }, ({ operators }) => operators.flatMap(usesOfOperator))
    .exhaustive();

const uses = (stages: OpenStages): readonly Use[] =>
  stages.flatMap((stage) =>
    match(stage)
      .returnType<readonly Use[]>()
      .with({ kind: 'train' }, trainNumbers)
      .with({ kind: 'restrict' }, ({ operator }) => usesOfOperator(operator))
      .with({ kind: 'prolongate' }, ({ correction }) => (correction.kind === 'total' ? [] : [[correction.kind, correction.alpha]]))
      .with({ kind: 'grow' }, ({ growth }) => [[growthCounts[growth.kind], countOfGrowth(growth)]])
      .with({ kind: 'repeat' }, ({ times, stages }) => [['times', times], ...uses(stages)])
      .with({ kind: 'branch' }, ({ arms }) => arms.flatMap(uses))
      .exhaustive(),
  );

/** The free names of the stages, each once, in the order of the text. */
export const namesOf = (stages: OpenStages): readonly string[] => [
  ...new Set(uses(stages).flatMap(([, count]) => (typeof count === 'number' ? [] : [count.name]))),
];

/** Whether a name is where only a number up to 1 may be. */
const isShare = (name: string, stages: OpenStages): boolean =>
  uses(stages).some(([role, count]) => typeof count !== 'number' && count.name === name && shares.some((share) => share === role));

const faultOf = (stages: OpenStages, values: Bindings): string | undefined => {
  // In plain JavaScript the numbers may be anything.
  if (!isOptions(values)) return mustBe('the numbers of names', 'an object such as { n: 400 }', shownValue(values));
  const names = namesOf(stages);
  const unbound = names.find((name) => !Object.hasOwn(values, name));
  if (unbound !== undefined) return unboundName(unbound, isShare(unbound, stages) ? 0.5 : 400) + foreignIn(unbound);
  const unused = Object.keys(values).find((name) => !names.includes(name));
  if (unused !== undefined) return unusedName(unused) + nearestTo(unused, names);
  for (const [role, count] of uses(stages)) {
    if (typeof count === 'number') continue;
    const value: unknown = values[count.name];
    const fault = typeof value === 'number' ? numberFault(role, String(value)) : mustBe(role, 'a number', shownValue(value));
    if (fault !== undefined) return inside(count.name, fault);
  }
  return undefined;
};

const bound = (count: OpenCount, values: Bindings): number =>
  // Only called once `faultOf` found nothing: the name is there.
  typeof count === 'number' ? count : (values[count.name] as number);

const bindSimple = (operator: OpenSimpleOperator, values: Bindings): SimpleOperator =>
  match(operator)
    .returnType<SimpleOperator>()
    .with({ kind: 'every' }, ({ kind, factor, offset }) => ({ kind, factor: bound(factor, values), offset: bound(offset, values) }))
    .with({ kind: P.union('average', 'width') }, (paired) => ({ ...paired, factor: bound(paired.factor, values) }))
    .with({ kind: 'matrix' }, (matrix) => matrix)
    .exhaustive();

const bindOperator = (operator: OpenOperator, values: Bindings): Operator =>
  operator.kind === 'compose'
    ? { kind: operator.kind, operators: operator.operators.map((part) => bindSimple(part, values)) }
    : bindSimple(operator, values);

const bindCorrection = (correction: OpenCorrection, values: Bindings): Correction =>
  correction.kind === 'total' ? correction : { kind: correction.kind, alpha: bound(correction.alpha, values) };

const bindStage = (stage: OpenStage, values: Bindings): Stage =>
  match(stage)
    .returnType<Stage>()
    .with({ kind: 'train' }, (train) => bindTrain(train, (number) => bound(number, values)))
    .with({ kind: 'restrict' }, (restrict) => ({ ...restrict, operator: bindOperator(restrict.operator, values) }))
    .with({ kind: 'prolongate' }, (prolongate) => ({ ...prolongate, correction: bindCorrection(prolongate.correction, values) }))
    .with({ kind: 'grow' }, (grow) => ({ ...grow, growth: growthOfKind(grow.growth.kind, bound(countOfGrowth(grow.growth), values)) }))
    .with({ kind: 'repeat' }, ({ times, stages }) => ({
      kind: 'repeat',
      times: bound(times, values),
      stages: stages.map((inner) => bindStage(inner, values)),
    }))
    .with({ kind: 'branch' }, (branch) => ({ ...branch, arms: branch.arms.map((arm) => arm.map((inner) => bindStage(inner, values))) }))
    .exhaustive();

/**
 * Gives every free name its number.
 *
 * @returns the stages; or the fault of the first name that is not bound, is never used, or is bound to a number out of bounds.
 * @example
 * bind([{ kind: 'train', steps: { name: 'n' } }], { n: 400 }) // right([{ kind: 'train', steps: 400 }])
 */
export const bind = (stages: OpenStages, values: Bindings): E.Either<Fault, readonly Stage[]> => {
  const fault = faultOf(stages, values);
  return fault === undefined ? E.right(stages.map((stage) => bindStage(stage, values))) : E.left(inputFault(fault));
};
