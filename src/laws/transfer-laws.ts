/**
 * Laws of transfers: your own operators, at every depth that they fit. Each is a fast-check property. Not here: laws of complete pipelines
 * (`pipeline-laws.ts`).
 */
import fc from 'fast-check';
import { matricesOf, operatorFault } from '../schedule/operators/operator.js';
import { printOperator } from '../schedule/print/stages.js';
import type { Correction, Interpolation, Operator, RestrictStage, SimpleOperator, Stage } from '../schedule/schedule.js';
import { walk } from '../schedule/walk/walk.js';
import { identity, type LayerMatrix, multiply, plus } from '../transfer/layer-matrix.js';
import { transferOf } from '../transfer/operators.js';
import { broken, checkedWhere, depths, type Law, scheduleOf, visitsOf, type Where } from './case.js';
import { begun, follow, type Learning, type Network, untrained } from './follow.js';
import type { Degree, NumberCell } from './number-network.js';

/** Your own operators: one, for every depth that it fits; or an arbitrary of operators with depths that they fit. */
export type Operators<Op = Operator> = Op | fc.Arbitrary<OperatorCase<Op>>;

export interface OperatorCase<Op = Operator> {
  readonly operator: Op;
  readonly layers: number;
}

const named = (operator: unknown): string =>
  Array.isArray(operator) ? operator.map(printOperator).join(', ') : printOperator(operator as Operator);

const shown = <Op>(found: OperatorCase<Op>): OperatorCase<Op> =>
  Object.defineProperty({ ...found }, fc.toStringMethod, { value: () => `${named(found.operator)} over ${found.layers} layers` });

const law = <Op>(
  given: Operators<Op>,
  parts: (operator: Op) => readonly Operator[],
  where: Where,
  holds: (found: OperatorCase<Op>, heads: number) => void,
): Law<OperatorCase<Op>> => {
  const { layers = depths, heads = 4 } = checkedWhere(where);
  if (given instanceof fc.Arbitrary) return fc.property(given.map(shown), (found) => holds(found, heads));
  const fault = (depth: number): string | undefined =>
    parts(given)
      .map((operator) => operatorFault(operator, { layers: depth, heads }))
      .find((sentence) => sentence !== undefined);
  const fitting = layers.filter((depth) => fault(depth) === undefined).map((depth) => shown({ operator: given, layers: depth }));
  if (fitting.length === 0)
    return fc.property(fc.constant(shown({ operator: given, layers: layers[0] ?? 0 })), ({ layers: depth }) =>
      broken(`none of the depths fits: ${fault(depth)}`),
    );
  return fc.property(fc.constantFrom(...fitting), (found) => holds(found, heads));
};

const alone = <Op extends Operator>(operator: Op): readonly Operator[] => [operator];

const entry = ({ rows }: LayerMatrix, row: number, column: number): number =>
  rows[row]?.find((each) => each.column === column)?.weight ?? 0;

/** Allows for the rounding of sums over some hundred layers. */
const tolerance = 1e-9;

const sameMatrix = (what: string, found: LayerMatrix, wanted: LayerMatrix): void => {
  if (found.columns !== wanted.columns || found.rows.length !== wanted.rows.length)
    broken(`${what} is ${found.rows.length} x ${found.columns}, not ${wanted.rows.length} x ${wanted.columns}`);
  for (const row of wanted.rows.keys())
    for (let column = 0; column < wanted.columns; column++) {
      const [is, should] = [entry(found, row, column), entry(wanted, row, column)];
      if (Math.abs(is - should) > tolerance) broken(`${what} has ${is} in row ${row + 1}, column ${column + 1}, where ${should} should be`);
    }
};

/**
 * The parts of a layer that are compared. Under a correction, second moments are bounded below by first ones, so they depend on the values
 * being corrected: they are not linear.
 */
const everything = ['weights', 'first moments', 'second moments'] as const;
const linearly = ['weights', 'first moments'] as const;

/** The first difference between two networks, or undefined: up to rounding, or exactly if `within` is 0. */
export const networkFault = (found: Network, wanted: Network, within = 0, compared: readonly string[] = everything): string | undefined => {
  if (found.layers.length !== wanted.layers.length) return `${found.layers.length} layers, not ${wanted.layers.length}`;
  const cells = (network: Network) => [network.shared, ...network.layers];
  for (const [place, cell] of cells(found).entries()) {
    const other = cells(wanted)[place] ?? cell;
    const layer = place === 0 ? 'the shared layers' : `layer ${place - 1}`;
    if (cell.updates !== other.updates) return `${layer} ${place === 0 ? 'count' : 'counts'} ${cell.updates} updates, not ${other.updates}`;
    for (const [degree, name] of compared.entries())
      for (const [unit, value] of (cell.values[degree] ?? []).entries()) {
        const should = other.values[degree]?.[unit] ?? Number.NaN;
        if (!(Math.abs(value - should) <= within * Math.max(1, Math.abs(should)))) return `${name} of ${layer} are ${value}, not ${should}`;
      }
  }
  return undefined;
};

export const sameNetwork = (what: string, ...compared: Parameters<typeof networkFault>): void => {
  const fault = networkFault(...compared);
  if (fault !== undefined) broken(`${what}: ${fault}`);
};

const partitionOfUnity = (operators: Operators<readonly Operator[]>, where: Where = {}): Law<OperatorCase<readonly Operator[]>> =>
  law(
    operators,
    (all) => all,
    where,
    ({ operator, layers }) => {
      const products = operator
        .map((each) => transferOf(each, layers))
        .map(({ restriction, prolongation }) => multiply(prolongation, restriction));
      const [first, ...others] = products;
      if (first === undefined) broken('there is no operator');
      else sameMatrix('the sum of all P R', others.reduce(plus, first), identity(layers));
    },
  );

/** A restriction and its prolongation. */
const pair = (operator: Operator, correction: Correction, interpolation: Interpolation): readonly [RestrictStage, Stage] => [
  { kind: 'restrict', operator, h: 'scale', moments: 'carry', counters: 'carry' },
  { kind: 'prolongate', correction, interpolation, moments: 'carry', counters: 'carry' },
];

const [, back] = pair({ kind: 'every', factor: 2, offset: 0 }, { kind: 'correction', alpha: 1 }, 'own');

/** A restriction by each operator in turn, and as many prolongations by corrections. */
const thereAndBack = (operators: readonly Operator[], between: readonly Stage[]): readonly Stage[] => [
  ...operators.map((operator) => pair(operator, { kind: 'correction', alpha: 1 }, 'own')[0]),
  ...between,
  ...operators.map(() => back),
];

const train: Stage = { kind: 'train', steps: 3 };

/** The network after each of the stages. */
const networksOf = (stages: readonly Stage[], layers: number, heads: number, train?: Learning): readonly Network[] =>
  follow(walk(scheduleOf({ layers, stages }, heads)), begun(layers, heads), train);

/**
 * On matrices over layers; and on numbers, on which the width acts, too: restricting after a prolongation gives the coarse weights again
 * or, for a mix, α times them plus 1 − α times what was first restricted.
 */
const roundTrip = (operator: Operators, where: Where = {}): Law<OperatorCase> =>
  law(operator, alone, where, (found, heads) => {
    const { restriction, prolongation } = transferOf(found.operator, found.layers);
    sameMatrix('R P', multiply(restriction, prolongation), identity(restriction.rows.length));
    const weightsOf = (network: Network | undefined): readonly number[] =>
      network?.layers.flatMap(({ values: [weights] }) => weights) ?? [];
    for (const way of [{ kind: 'total' }, { kind: 'mix', alpha: 0.25 }] as const) {
      const [down, up] = pair(found.operator, way, 'own');
      const networks = networksOf([down, train, up, down, up], found.layers, heads);
      const [given, learnt, again] = [weightsOf(networks[0]), weightsOf(networks[1]), weightsOf(networks[3])];
      const share = way.kind === 'mix' ? way.alpha : 1;
      for (const [place, value] of learnt.entries()) {
        const wanted = share * value + (1 - share) * (given[place] ?? Number.NaN);
        if (!(Math.abs((again[place] ?? Number.NaN) - wanted) <= tolerance * Math.max(1, Math.abs(wanted))))
          broken(`restricted again after a ${way.kind} prolongation, the coarse weight ${wanted} is ${again[place]}`);
      }
    }
  });

const after = (stages: readonly Stage[], layers: number, heads: number): Network =>
  networksOf(stages, layers, heads).at(-1) ?? begun(layers, heads);

/** The stages must be ones that the verifier accepts: 0 < alpha ≤ 1, indices in ascending order. */
const afterNoTraining = (stages: readonly Stage[], layers: number, heads: number): Network => {
  const start = begun(layers, heads);
  return follow(visitsOf(scheduleOf({ layers, stages }, heads)), start, untrained).at(-1) ?? start;
};

export interface Return {
  /** Of the correction, by default 1; or of the mix, by default ½. 0 < alpha ≤ 1. */
  readonly alpha?: number;
  readonly interpolation?: Interpolation;
}

const untrainedCorrection = (operator: Operators, { alpha = 1, interpolation = 'own', ...where }: Return & Where = {}): Law<OperatorCase> =>
  law(operator, alone, where, (found, heads) =>
    sameNetwork(
      `a correction by ${alpha} P with no training between`,
      afterNoTraining(pair(found.operator, { kind: 'correction', alpha }, interpolation), found.layers, heads),
      begun(found.layers, heads),
    ),
  );

/** A weighted mean of two networks; a layer's count of updates is the larger of the two. */
const mixed = (from: Network, to: Network, share: number): Network => {
  const cell = (a: NumberCell, b: NumberCell): NumberCell => {
    const of = (degree: Degree) =>
      a.values[degree].map((value, unit) => (1 - share) * value + share * (b.values[degree][unit] ?? Number.NaN));
    return { values: [of(0), of(1), of(2)], updates: Math.max(a.updates, b.updates) };
  };
  return { shared: cell(from.shared, to.shared), layers: from.layers.map((layer, index) => cell(layer, to.layers[index] ?? layer)) };
};

/** The result is not the level that was left, but (1 − α)·fine + α·P·R·fine; the two are equal only for injection. */
const untrainedMix = (operator: Operators, { alpha = 0.5, interpolation = 'own', ...where }: Return & Where = {}): Law<OperatorCase> =>
  law(operator, alone, where, (found, heads) => {
    const back = (way: Correction): Network => afterNoTraining(pair(found.operator, way, interpolation), found.layers, heads);
    const [whole, start] = [back({ kind: 'total' }), begun(found.layers, heads)];
    const wanted = alpha === 1 ? whole : mixed(start, whole, alpha);
    const within = alpha === 1 ? 0 : tolerance;
    sameNetwork(`a mix by ${alpha} with P, with no training between`, back({ kind: 'mix', alpha }), wanted, within, linearly);
  });

const correctionIsTotal = (operator: Operators, where: Where = {}): Law<OperatorCase> =>
  law(operator, alone, where, (found, heads) => {
    const [down, total] = pair(found.operator, { kind: 'total' }, 'own');
    const [, corrected] = pair(found.operator, { kind: 'correction', alpha: 1 }, 'own');
    const ways = [total, corrected].map((up) => after([down, train, up], found.layers, heads));
    const read = new Set(transferOf(found.operator, found.layers).restriction.rows.flatMap((row) => row.map(({ column }) => column)));
    const [wanted, is] = ways.map((network) => ({ ...network, layers: network.layers.filter((_, layer) => read.has(layer)) }));
    if (wanted !== undefined && is !== undefined) sameNetwork('a correction by P, on the layers that R reads', is, wanted, tolerance);
  });

/** Whether every layer that it makes is a mean of layers: only then second moments transform as weights do. */
const isAveraging = (operator: Operator): boolean =>
  matricesOf(operator).every(({ restriction }) =>
    restriction.every((row) => row.every((entry) => entry >= 0) && Math.abs(row.reduce((sum, entry) => sum + entry, 0) - 1) <= tolerance),
  );

/** The composition as one transfer, and its parts as consecutive transfers. */
const composition = (operators: Operators<readonly SimpleOperator[]>, where: Where = {}): Law<OperatorCase<readonly SimpleOperator[]>> =>
  law(
    operators,
    (all) => [{ kind: 'compose', operators: all }],
    where,
    ({ operator: parts, layers }, heads) => {
      const down = (operators: readonly Operator[]): Network =>
        networksOf(thereAndBack(operators, []), layers, heads, untrained)[operators.length - 1] ?? begun(layers, heads);
      const whole: Operator = { kind: 'compose', operators: parts };
      const compared = isAveraging(whole) ? everything : linearly;
      sameNetwork('R as one transfer, beside its parts one after the other', down([whole]), down(parts), tolerance, compared);
      const up = (operators: readonly Operator[]): Network => after(thereAndBack(operators, [train]), layers, heads);
      sameNetwork('the way back as one transfer, beside its parts one after the other', up([whole]), up(parts), tolerance, linearly);
      // Any two neighbours may be composed first.
      for (const index of parts.slice(1).keys()) {
        const [left, right] = [parts[index], parts[index + 1]];
        if (left === undefined || right === undefined) continue;
        const grouped: readonly Operator[] = [
          ...parts.slice(0, index),
          { kind: 'compose', operators: [left, right] },
          ...parts.slice(index + 2),
        ];
        sameNetwork(`R with parts ${index + 1} and ${index + 2} joined first`, down(grouped), down([whole]), tolerance, compared);
      }
    },
  );

const commute = (
  operators: Operators<readonly [SimpleOperator, SimpleOperator]>,
  where: Where = {},
): Law<OperatorCase<readonly [SimpleOperator, SimpleOperator]>> =>
  law(
    operators,
    ([a, b]) => [
      { kind: 'compose', operators: [a, b] },
      { kind: 'compose', operators: [b, a] },
    ],
    where,
    ({ operator: [a, b], layers }, heads) => {
      const [one, other] = [[a, b] as const, [b, a] as const].map((order) => {
        const networks = networksOf(thereAndBack(order, [train]), layers, heads);
        return { down: networks[1], up: networks.at(-1) };
      });
      if (one?.down === undefined || other?.down === undefined || one.up === undefined || other.up === undefined) return;
      sameNetwork('R of the first and then the second, beside the other order', one.down, other.down, tolerance);
      sameNetwork('the way back, beside the other order', one.up, other.up, tolerance, linearly);
    },
  );

export const transferLaws = { roundTrip, partitionOfUnity, untrainedCorrection, untrainedMix, correctionIsTotal, composition, commute };
