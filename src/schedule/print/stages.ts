/**
 * Printing the text form canonically: equal stages print the same and `parse(print(stages))` returns the stages. Defaults are omitted; `every(2, 0)`
 * is `even` and `every(2, 1)` is `odd`; a cycle is printed as its stages.
 */
import { match, P } from 'ts-pattern';
import { countOfGrowth, usualStep } from '../bounds/growth.js';
import { defaults, fitDefaults } from '../defaults.js';
import { usualCounters } from '../moment-policies.js';
import type {
  OpenBranch,
  OpenCorrection,
  OpenCount,
  OpenGrowth,
  OpenOperator,
  OpenReplicas,
  OpenRestrict,
  OpenStage,
  OpenStages,
} from '../open-stages.js';
import type { Fit, LineSearch, OuterOptimizer, SharedPolicy, Tau } from '../schedule.js';
import { printTrain } from './train.js';

const printLineSearch = (given: LineSearch | undefined): readonly string[] => {
  if (given === undefined) return [];
  const { tries, batches } = given;
  return [`lineSearch: ${batches === 1 ? tries : `(tries: ${tries}, batches: ${batches})`}`];
};

const printFit = (given: Fit | undefined): readonly string[] => {
  if (given === undefined) return [];
  const { steps, rate } = given;
  return [`fit: ${rate === fitDefaults.rate ? steps : `(steps: ${steps}, rate: ${rate})`}`];
};

const printTau = (given: Tau | undefined): readonly string[] => (given === undefined ? [] : [`tau: ${given.batches}`]);

const printCount = (count: OpenCount): string => (typeof count === 'number' ? String(count) : count.name);

const printMatrix = (rows: readonly (readonly number[])[]): string => `[${rows.map((row) => `[${row.join(', ')}]`).join(', ')}]`;

const printPaired = ({ kind, factor, pairing }: OpenOperator & { readonly kind: 'average' | 'width' }): string =>
  `${kind}(${[printCount(factor), ...(pairing === undefined ? [] : [`pairing: ${pairing}`])].join(', ')})`;

/** An operator's text, such as `even`, `every(3, 1)` or `average(2)`. */
export const printOperator = (operator: OpenOperator): string =>
  match(operator)
    .with({ kind: 'every', factor: 2, offset: 0 }, () => 'even')
    .with({ kind: 'every', factor: 2, offset: 1 }, () => 'odd')
    .with({ kind: 'every' }, ({ factor, offset }) => `every(${printCount(factor)}, ${printCount(offset)})`)
    .with({ kind: P.union('average', 'width') }, printPaired)
    .with({ kind: 'matrix' }, ({ restriction, prolongation }) => `matrix(${printMatrix(restriction)}, ${printMatrix(prolongation)})`)
    .with({ kind: 'compose' }, ({ operators }) => `compose(${operators.map(printOperator).join(', ')})`)
    .exhaustive();

/** A growth's text, such as `stack(2)`. */
export const printGrowth = (growth: OpenGrowth): string =>
  growth.kind === 'width' ? printPaired(growth) : `${growth.kind}(${printCount(countOfGrowth(growth))})`;

/** Nothing for the default. */
const printCorrection = (correction: OpenCorrection): readonly string[] =>
  match(correction)
    .with({ kind: 'total' }, () => [])
    .with({ kind: P.union('correction', 'mix') }, ({ kind, alpha }) => [`${kind}: ${printCount(alpha)}`])
    .exhaustive();

/** How arms are merged, such as `average` or `weighted(0.25, 0.75)`. */
export const printShared = (shared: SharedPolicy): string =>
  shared.kind === 'weighted' ? `weighted(${shared.weights.join(', ')})` : shared.kind;

/** How replicas are merged, such as `average` or `nesterov(0.7, 0.9)`. */
const printOuter = (outer: OuterOptimizer): string =>
  outer.kind === 'nesterov' ? `nesterov(${outer.rate}, ${outer.momentum})` : outer.kind;

/** `name: value`, unless it is the default. */
const option = (name: string, value: string, usual: string): readonly string[] => (value === usual ? [] : [`${name}: ${value}`]);

const printPolicies = ({ moments, counters }: Pick<OpenRestrict, 'moments' | 'counters'>): readonly string[] => [
  ...option('moments', moments, defaults.restrict.moments),
  ...option('counters', counters, usualCounters(moments)),
];

/** A branch of one arm prints its option even if it is the default: in plain parentheses it would be a group. */
const printBranch = ({ arms, shared }: OpenBranch): string => {
  const value = printShared(shared);
  const options = arms.length === 1 ? [`shared: ${value}`] : option('shared', value, defaults.branch.shared.kind);
  return `( ${[arms.map(print).join(' | '), ...options].join(', ')} )`;
};

const printReplicas = ({ replicas, every, rounds, outer, stages }: OpenReplicas): string => {
  const head = [printCount(replicas), `every: ${printCount(every)}`, ...(rounds === undefined ? [] : [`rounds: ${printCount(rounds)}`])];
  return `replicas(${[...head, ...option('outer', printOuter(outer), printOuter(defaults.replicas.outer)), print(stages)].join(', ')})`;
};

/** One stage's canonical text, such as `restrict(even, h: keep)`. */
export const printStage = (stage: OpenStage): string =>
  match(stage)
    .with({ kind: 'train' }, printTrain)
    .with({ kind: 'evaluate' }, ({ kind }) => kind)
    .with({ kind: 'restrict' }, ({ operator, h, tau, ...policies }) => {
      const usual = defaults.restrict;
      return `restrict(${[printOperator(operator), ...option('h', h, usual.h), ...printPolicies(policies), ...printTau(tau)].join(', ')})`;
    })
    .with({ kind: 'prolongate' }, ({ correction, interpolation, lineSearch, fit, ...policies }) => {
      const usual = defaults.prolongate;
      const options = [
        ...printCorrection(correction),
        ...option('interpolation', interpolation, usual.interpolation),
        ...printPolicies(policies),
        ...printLineSearch(lineSearch),
        ...printFit(fit),
      ];
      return options.length === 0 ? 'prolongate' : `prolongate(${options.join(', ')})`;
    })
    .with({ kind: 'grow' }, ({ growth, way = defaults.width.way, h, fit, ...policies }) => {
      const options = [
        ...option('way', way, defaults.width.way),
        ...option('h', h, usualStep(growth.kind)),
        ...printPolicies(policies),
        ...printFit(fit),
      ];
      return `grow(${[printGrowth(growth), ...options].join(', ')})`;
    })
    .with({ kind: 'repeat' }, ({ times, stages }) => `repeat(${printCount(times)}, ${print(stages)})`)
    .with({ kind: 'branch' }, printBranch)
    .with({ kind: 'replicas' }, printReplicas)
    .exhaustive();

/**
 * @example
 * print(pipeline(setup, train(400), restrict(average(2)), train(80), prolongate({ correction: 0.5 })).stages)
 * // 'train(400) >> restrict(average(2)) >> train(80) >> prolongate(correction: 0.5)'
 */
export const print = (stages: OpenStages): string => stages.map(printStage).join(' >> ');
