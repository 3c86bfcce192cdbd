/**
 * Random pipelines that make sense, of every construct: a walk over the levels that takes, at each choice, one of the stages that fit
 * there, and returns to level 0 at its end. A counterexample is printed as text.
 */
import fc from 'fast-check';
import { copiesLayers, type GrowthKind, growthCounts, growthFault, growthOfKind, makesLayers } from '../../src/schedule/bounds/growth.js';
import type { CycleName } from '../../src/schedule/cycles.js';
import { coarseLayersAndHeads, grownSizes, type LayersAndHeads, layerParts, narrowing } from '../../src/schedule/operators/operator.js';
import type {
  Correction,
  CountersPolicy,
  GrowStage,
  LayerOperator,
  MatrixOperator,
  MomentsPolicy,
  Operator,
  OuterOptimizer,
  ProlongateStage,
  RestrictStage,
  SharedPolicy,
  SimpleOperator,
  Stage,
} from '../../src/schedule/schedule.js';
import { bind, cycleStages, type Given, optionValues, pairingGiven, print, wayGiven } from '../../src/schedule/text/index.js';
import { alpha } from './arbitrary.js';
import { stepsIn, withoutEnds } from './in-replicas.js';
import { rightOf } from './results.js';
import { sensibleTraining } from './training.js';

export interface Sensible {
  readonly layers: number;
  readonly stages: readonly Stage[];
}

/** What decides one step of the walk. */
interface Choice {
  readonly what: number;
  readonly which: number;
  readonly how: number;
  readonly alpha: number;
}

const of = <A>(values: readonly A[], index: number): A => {
  const value = values[index % values.length];
  if (value === undefined) throw new RangeError('nothing to choose from');
  return value;
};

const unit = (length: number, at: number): readonly number[] => Array.from({ length }, (_, index) => (index === at ? 1 : 0));

/** R keeps the first layers and the mean of the last two; P gives them back: R·P = I, whatever the depth. */
const mergeLast = (fine: number): MatrixOperator => ({
  kind: 'matrix',
  restriction: Array.from({ length: fine - 1 }, (_, row) =>
    row < fine - 2 ? unit(fine, row) : unit(fine, row).map((entry, column) => (column >= fine - 2 ? 0.5 : entry)),
  ),
  prolongation: Array.from({ length: fine }, (_, row) => unit(fine - 1, Math.min(row, fine - 2))),
});

/** As `mergeLast`, with a P that is half of what would give the coarse layers back. */
const notInverse = (fine: number): MatrixOperator => {
  const { kind, restriction, prolongation } = mergeLast(fine);
  return { kind, restriction, prolongation: prolongation.map((row) => row.map((entry) => entry / 2)) };
};

/** As `mergeLast`, with more than all of the one and less than nothing of the other of the last two. */
const extrapolateLast = (fine: number): MatrixOperator => {
  const { kind, restriction, prolongation } = mergeLast(fine);
  const last = unit(fine, fine - 2).map((entry, column) => (column === fine - 2 ? 1.5 : column === fine - 1 ? -0.5 : entry));
  return { kind, restriction: [...restriction.slice(0, -1), last], prolongation };
};

/** R drops the last layer, which P makes of two others with one below zero, as a line through them has it. */
const continueLast = (fine: number): MatrixOperator => ({
  kind: 'matrix',
  restriction: Array.from({ length: fine - 1 }, (_, row) => unit(fine, row)),
  prolongation: Array.from({ length: fine }, (_, row) =>
    row < fine - 1 ? unit(fine - 1, row) : unit(fine - 1, fine - 2).map((entry, column) => (column === fine - 3 ? -1 : 2 * entry)),
  ),
});

const factorsOf = (layers: number): readonly number[] => [2, 3, 4, 5].filter((factor) => layers > 0 && layers % factor === 0);

const layerOperatorsAt = (layers: number, { how }: Choice): readonly LayerOperator[] => [
  ...factorsOf(layers).flatMap((factor): readonly LayerOperator[] => [
    { kind: 'every', factor, offset: how % factor },
    how % 3 === 0 ? { kind: 'average', factor, pairing: 'halves' } : { kind: 'average', factor },
  ]),
  ...(layers > 1 && layers <= 6 ? [mergeLast(layers), extrapolateLast(layers), notInverse(layers), continueLast(layers)] : []),
];

/** Over layers, over the width where heads are even, and over both at once. */
const operatorsAt = ({ layers, heads }: LayersAndHeads, choice: Choice): readonly Operator[] => {
  const over = layerOperatorsAt(layers, choice);
  if (heads % 2 !== 0) return over;
  const width: SimpleOperator = choice.how % 2 === 0 ? { kind: 'width', factor: 2, pairing: 'halves' } : { kind: 'width', factor: 2 };
  const parts = over.filter(({ kind }) => kind !== 'matrix').slice(0, 2);
  return [
    ...over,
    width,
    ...parts.map((part): Operator => ({ kind: 'compose', operators: choice.which % 2 === 0 ? [part, width] : [width, part] })),
  ];
};

const options = ({ how }: Choice) => ({
  h: of(['scale', 'keep'] as const, how),
  moments: of<MomentsPolicy>(['carry', 'reset', 'rescale', 'zero-new', 'average'], Math.floor(how / 2)),
  counters: of<CountersPolicy>(['carry', 'reset'], Math.floor(how / 10)),
});

/** Tau forbids moments that rescale. */
const withTau = (policy: MomentsPolicy, tau: boolean): MomentsPolicy => (tau && policy === 'rescale' ? 'carry' : policy);

const restrictBy = (operator: Operator, choice: Choice): RestrictStage => {
  const { h, moments, counters } = options(choice);
  const tau = choice.which % 3 === 0 && narrowing(operator) === 1;
  const stage: RestrictStage = { kind: 'restrict', operator, h, moments: withTau(moments, tau), counters };
  return tau ? { ...stage, tau: { batches: 1 + (choice.how % 3) } } : stage;
};

const claims = (operator: Operator, layers: number): boolean =>
  operator.kind !== 'matrix' || JSON.stringify(operator) !== JSON.stringify(notInverse(layers));

const prolongateFrom = ({ operator, tau }: RestrictStage, layers: number, choice: Choice): ProlongateStage => {
  const ownAlone = tau !== undefined || layerParts(operator).length === 0;
  const interpolation = ownAlone ? 'own' : of(['own', 'repeat', 'linear'] as const, choice.which);
  const returns = tau === undefined ? interpolation !== 'own' || claims(operator, layers) : operator.kind === 'every';
  const { alpha } = choice;
  const ways: readonly Correction[] = [
    { kind: 'correction', alpha },
    ...(returns ? ([{ kind: 'total' }, { kind: 'mix', alpha }] as const) : []),
  ];
  const correction = of(ways, choice.how);
  const { moments, counters } = options(choice);
  const stage: ProlongateStage = { kind: 'prolongate', correction, interpolation, moments: withTau(moments, tau !== undefined), counters };
  if (narrowing(operator) !== 1) return stage;
  if (tau === undefined && choice.which % 4 === 1) return { ...stage, fit: { steps: choice.how % 3, rate: 0.05 } };
  if (correction.kind !== 'correction' || choice.which % 4 !== 0) return stage;
  return { ...stage, lineSearch: { tries: 1 + (choice.how % 5), batches: 1 + (choice.how % 2) } };
};

/** Widest that growth goes. */
const mostHeads = 24;

/** Every growth that fits, to at most three times the layers, four new ones, or three times the heads. */
const growBy = (choice: Choice, { layers, heads, loops }: LayersAndHeads): GrowStage => {
  const count = 2 + (choice.how % 2);
  if (choice.which % 4 === 0 && heads * count <= mostHeads) {
    const growth = { kind: 'width', factor: count, ...pairingGiven(choice.which % 8 === 0 ? 'halves' : 'neighbours') } as const;
    const way = of(optionValues.way, Math.floor(choice.which / 8));
    return { kind: 'grow', growth, ...wayGiven(way), ...options(choice) };
  }
  const kinds = (Object.keys(growthCounts) as GrowthKind[]).filter(
    (kind) => growthFault(growthOfKind(kind, count), kind, layers, loops) === undefined,
  );
  const growth = growthOfKind(of(kinds, choice.which), count);
  return {
    kind: 'grow',
    growth,
    ...options(choice),
    ...(copiesLayers(growth) && choice.how % 3 === 1 ? { fit: { steps: choice.how % 2, rate: 0.05 } } : {}),
  };
};

/** How many levels halving makes of this many layers, four at most. */
const halvings = (layers: number): number => (layers % 2 === 0 && layers > 0 ? Math.min(4, 1 + halvings(layers / 2)) : 1);

const cycleNames: readonly CycleName[] = ['vCycle', 'wCycle', 'fCycle', 'nested', 'cascade'];

const cycleAt = (layers: number, { which, how, alpha: factor }: Choice): readonly Stage[] => {
  const levels = halvings(layers);
  const coarsest = layers / 2 ** (levels - 1);
  const correction = { correction: { kind: 'correction', alpha: factor } } as const;
  const open = cycleStages(of(cycleNames, which), {
    levels,
    operator: how % 2 === 0 ? { kind: 'average', factor: 2 } : { kind: 'every', factor: 2, offset: 1 },
    coarse: sensibleTraining(how, which, coarsest, false),
    ...(how % 3 === 0 ? {} : { pre: { kind: 'train', steps: 1 } as const }),
    ...(how % 5 === 0 ? {} : { post: { kind: 'train', steps: 2, ...(how % 2 === 0 ? {} : { stochasticDepth: 0.5 }) } as const }),
    ...of<Pick<Given, 'correction' | 'mix'>>([{}, correction, { mix: factor }, correction], how % 7),
    ...(how % 7 === 1 ? { tau: { batches: 2 }, lineSearch: { tries: 3, batches: 1 } } : {}),
  });
  return rightOf(bind(open, {}));
};

const sharedOf = (arms: number, { how }: Choice): SharedPolicy =>
  of<SharedPolicy>(
    [{ kind: 'average' }, { kind: 'last' }, { kind: 'weighted', weights: of([[1], [0.25, 0.75], [0.5, 0.2, 0.3]], arms - 1) }],
    how,
  );

/** After at least four steps on another level. */
const bySlope = ({ which, how }: Choice): Stage => {
  const window = 1 + (which % 2);
  const on = { kind: 'training', window } as const;
  return { kind: 'train', steps: 2 * window + how, until: { kind: 'slopeBelow', on, ratio: 0.5 + which } };
};

/** Levels below the present one, with the restrictions that led from them. */
interface Below {
  readonly grid: LayersAndHeads;
  readonly restriction: RestrictStage;
}

/** Deepest that growth goes; enough to see it, and quick. */
const mostLayers = 200;

const outers: readonly OuterOptimizer[] = [
  { kind: 'average' },
  { kind: 'nesterov', rate: 0.7, momentum: 0.9 },
  { kind: 'nesterov', rate: 1.5, momentum: 0 },
];

/** Training that is cut into rounds, or whole stages in each round. */
const replicasOf = (stages: readonly Stage[], { what, which, how }: Choice): Stage => {
  const whole = withoutEnds(stages);
  const steps = stepsIn(whole);
  const common = { kind: 'replicas', replicas: 2 + (which % 2), outer: of(outers, how) } as const;
  const every = 1 + (how % 3);
  if (what % 2 === 0 || steps === 0) return { ...common, every, stages: [{ kind: 'train', steps: every * (1 + (which % 3)) }] };
  return { ...common, every: steps, rounds: 1 + (how % 2), stages: whole };
};

const walkBy = (begins: LayersAndHeads, choices: readonly Choice[], mayGrow: boolean, mayReplicate = true): readonly Stage[] => {
  const stages: Stage[] = [];
  const finer: Below[] = [];
  let here = begins;
  const back = (choice: Choice): void => {
    const below = finer.pop();
    if (below === undefined) return;
    stages.push(prolongateFrom(below.restriction, below.grid.layers, choice));
    here = below.grid;
  };
  for (const [index, choice] of choices.entries()) {
    const operators = operatorsAt(here, choice);
    const kinds = [
      'train',
      ...(operators.length > 0 ? ['restrict', 'restrict', 'slope'] : []),
      ...(finer.length > 0 ? ['prolongate', 'prolongate'] : []),
      ...(mayGrow && finer.length === 0 && here.layers * (here.loops ?? 1) * 3 <= mostLayers ? ['grow'] : []),
      ...(halvings(here.layers) > 1 ? ['cycle'] : []),
      ...(index + 1 < choices.length ? ['repeat', 'branch'] : []),
      ...(mayReplicate && index + 1 < choices.length ? ['replicas'] : []),
      'evaluate',
    ];
    const kind = of(kinds, choice.what);
    if (kind === 'train')
      stages.push(
        sensibleTraining(
          choice.how,
          choice.which,
          here.layers,
          mayGrow && finer.length === 0 && stages.some((each) => each.kind === 'grow' && makesLayers(each.growth)),
          mayGrow && finer.length === 0,
        ),
      );
    if (kind === 'restrict' || kind === 'slope') {
      if (kind === 'slope') stages.push({ kind: 'train', steps: 4 });
      const operator = of(operators, choice.which);
      const restriction = restrictBy(operator, choice);
      stages.push(restriction);
      finer.push({ grid: here, restriction });
      here = coarseLayersAndHeads(operator, here);
      if (kind === 'slope') stages.push(bySlope(choice));
    }
    if (kind === 'prolongate') back(choice);
    if (kind === 'grow') {
      const grow = growBy(choice, here);
      stages.push(grow);
      here = grownSizes(grow.growth, here);
    }
    if (kind === 'evaluate') stages.push({ kind });
    if (kind === 'cycle') stages.push(...cycleAt(here.layers, choice));
    if (kind === 'repeat') {
      const inner = walkBy(here, choices.slice(index + 1, index + 4), false, mayReplicate);
      stages.push({ kind, times: 1 + (choice.how % 3), stages: inner.length === 0 ? [{ kind: 'train', steps: 1 }] : inner });
    }
    if (kind === 'replicas') stages.push(replicasOf(walkBy(here, choices.slice(index + 1, index + 3), false, false), choice));
    if (kind === 'branch') {
      const arms = Array.from({ length: 1 + (choice.which % 3) }, (_, arm): readonly Stage[] => {
        const inner = walkBy(here, choices.slice(index + 1 + arm, index + 4), false, mayReplicate);
        return inner.length === 0 ? [{ kind: 'train', steps: 1 + arm }] : inner;
      });
      stages.push({ kind, arms, shared: sharedOf(arms.length, choice) });
    }
  }
  const last = choices.at(-1);
  while (finer.length > 0 && last !== undefined) back(last);
  return stages;
};

/** With a correction for each way back that puts something else in place of what was left, though nothing was learnt: all but an injection's own. */
const withReturns = (stages: readonly Stage[], open: RestrictStage[] = []): readonly Stage[] =>
  stages.map((stage): Stage => {
    if (stage.kind === 'repeat' || stage.kind === 'replicas') return { ...stage, stages: withReturns(stage.stages, open) };
    if (stage.kind === 'branch') return { ...stage, arms: stage.arms.map((arm) => withReturns(arm, open)) };
    if (stage.kind === 'restrict') open.push(stage);
    if (stage.kind !== 'prolongate') return stage;
    const injects = open.pop()?.operator.kind === 'every' && stage.interpolation === 'own' && (stage.fit?.steps ?? 0) === 0;
    return injects || stage.correction.kind === 'correction' ? stage : { ...stage, correction: { kind: 'correction', alpha: 1 } };
  });

const choice: fc.Arbitrary<Choice> = fc.record({ what: fc.nat(60), which: fc.nat(60), how: fc.nat(60), alpha });

const printing = ({ layers, stages }: Sensible): Sensible =>
  Object.defineProperty({ layers, stages }, fc.toStringMethod, { value: () => `${layers} layers: ${print(stages)}` });

/** Depth and stages; prints as text. */
export const sensible: fc.Arbitrary<Sensible> = fc
  .tuple(fc.constantFrom(0, 1, 2, 3, 4, 6, 8, 12, 24), fc.array(choice, { minLength: 1, maxLength: 9 }))
  .map(([layers, choices]) => printing({ layers, stages: walkBy({ layers, heads: 4 }, choices, true) }));

/** The same, with ways back that give back what was left where nothing was learnt. */
export const returning: fc.Arbitrary<Sensible> = sensible.map(({ layers, stages }) => printing({ layers, stages: withReturns(stages) }));
