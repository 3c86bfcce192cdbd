/** Random schedules that run: every restriction fits and is taken back, at little cost. */
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { copiesLayers, type GrowthKind, growthCounts, growthFault, growthOfKind } from '../../src/schedule/bounds/growth.js';
import { depthOf } from '../../src/schedule/grid.js';
import { coarseLayersAndHeads, grownSizes, type LayersAndHeads, narrowing, operatorFault } from '../../src/schedule/operators/operator.js';
import type {
  Correction,
  CountersPolicy,
  Fit,
  GptModel,
  Growth,
  Interpolation,
  LineSearch,
  LlamaModel,
  Model,
  MomentsPolicy,
  Operator,
  Optimizer,
  OuterOptimizer,
  Pairing,
  ProlongateStage,
  Schedule,
  Setup,
  SharedPolicy,
  Stage,
  StepSizePolicy,
  WidthWay,
} from '../../src/schedule/schedule.js';
import { optionValues, pairingGiven, wayGiven } from '../../src/schedule/text/index.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { adamw, muon, sgd } from '../model/tiny.js';
import { stepsIn, withoutEnds } from '../schedule/in-replicas.js';
import { trainingBy, withoutPlace } from './training-moves.js';

export const VOCABULARY = 5;

type Move =
  | { readonly kind: 'train'; readonly steps: number; readonly draw: number }
  | { readonly kind: 'evaluate' }
  | {
      readonly kind: 'down';
      readonly draw: number;
      readonly way: 'every' | 'average' | 'width' | 'compose' | 'matrix';
      readonly h: StepSizePolicy;
      readonly moments: MomentsPolicy;
      readonly counters: CountersPolicy;
      /** Batches of τ; 0 for none. */
      readonly tau: number;
    }
  | {
      readonly kind: 'up';
      readonly correction: Correction;
      readonly interpolation: Interpolation;
      readonly moments: MomentsPolicy;
      readonly counters: CountersPolicy;
      readonly search: { readonly lineSearch?: LineSearch };
      readonly fit: { readonly fit?: Fit };
    }
  | {
      readonly kind: 'grow';
      readonly growth: Growth;
      readonly way: WidthWay;
      readonly fit: { readonly fit?: Fit };
      readonly h: StepSizePolicy;
      readonly moments: MomentsPolicy;
      readonly counters: CountersPolicy;
    }
  | { readonly kind: 'loop'; readonly times: number; readonly moves: readonly Move[] }
  | { readonly kind: 'rounds'; readonly moves: readonly Move[]; readonly draw: number }
  | { readonly kind: 'fork'; readonly arms: readonly (readonly Move[])[]; readonly draw: number };

/** How large random schedules may be. */
interface Size {
  /** Depths to begin with. */
  readonly layers: readonly number[];
  /** The deepest that growth may lead to. */
  readonly mostLayers: number;
  /** Moves, each of which comes to some stages. */
  readonly moves: number;
}

const moments = fc.constantFrom<MomentsPolicy>('carry', 'reset', 'rescale', 'zero-new', 'average');
const counters = fc.constantFrom<CountersPolicy>('carry', 'reset');
const h = fc.constantFrom<StepSizePolicy>('scale', 'keep');
const kind = <K extends string>(name: K): fc.Arbitrary<K> => fc.constant(name);
const correction = fc.oneof(
  fc.constant<Correction>({ kind: 'total' }),
  fc
    .tuple(fc.constantFrom('correction' as const, 'mix' as const), fc.constantFrom(0.25, 0.5, 1))
    .map(([way, alpha]): Correction => ({ kind: way, alpha })),
);
const growth: fc.Arbitrary<Growth> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom(...(Object.keys(growthCounts) as GrowthKind[])), fc.constantFrom(2, 3))
      .map(([kind, count]): Growth => growthOfKind(kind, count)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(2, 3), fc.constantFrom<Pairing>('neighbours', 'halves'))
      .map(([factor, pairing]): Growth => ({ kind: 'width', factor, ...pairingGiven(pairing) })),
  },
);
const way = fc.constantFrom(...optionValues.way);
const interpolation = fc.constantFrom<Interpolation>('own', 'repeat', 'linear');
const search = fc.constantFrom<{ readonly lineSearch?: LineSearch }>(
  {},
  { lineSearch: { tries: 1, batches: 2 } },
  { lineSearch: { tries: 4, batches: 1 } },
);
const fit = fc.constantFrom<{ readonly fit?: Fit }>(
  {},
  {},
  { fit: { steps: 0, rate: 0.05 } },
  { fit: { steps: 1, rate: 0.01 } },
  { fit: { steps: 2, rate: 0.05 } },
);
const plain: fc.Arbitrary<Move> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: kind('train'), steps: fc.integer({ min: 1, max: 4 }), draw: fc.nat(63) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: kind('down'),
      draw: fc.nat(99),
      way: fc.constantFrom('every' as const, 'average' as const, 'width' as const, 'compose' as const, 'matrix' as const),
      h,
      moments,
      counters,
      tau: fc.constantFrom(0, 0, 1, 2),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: kind('up'), correction, interpolation, moments, counters, search, fit }) },
  { weight: 5, arbitrary: fc.record({ kind: kind('grow'), growth, way, fit, h, moments, counters }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('evaluate') }, { noNullPrototype: true }) },
);
const loop: fc.Arbitrary<Move> = fc.record({
  kind: fc.constant('loop' as const),
  times: fc.integer({ min: 1, max: 2 }),
  moves: fc.array(plain, { minLength: 1, maxLength: 4 }),
});

const fork: fc.Arbitrary<Move> = fc.record({
  kind: fc.constant('fork' as const),
  arms: fc.array(fc.array(fc.oneof({ weight: 4, arbitrary: plain }, { weight: 1, arbitrary: loop }), { minLength: 1, maxLength: 4 }), {
    minLength: 1,
    maxLength: 3,
  }),
  draw: fc.nat(99),
});
const rounds: fc.Arbitrary<Move> = fc.record({
  kind: fc.constant('rounds' as const),
  moves: fc.array(plain, { minLength: 1, maxLength: 2 }),
  draw: fc.nat(99),
});
/** A fork among whose arms another one is. */
const nestedFork: fc.Arbitrary<Move> = fc
  .tuple(fork, plain, fork)
  .map(([outer, before, inner]) => (outer.kind === 'fork' ? { ...outer, arms: [...outer.arms.slice(0, 1), [before, inner]] } : outer));

const sharedOf = (arms: number, draw: number): SharedPolicy => {
  const weights = [[1], [0.25, 0.75], [0.5, 0.2, 0.3]][arms - 1] ?? [];
  return ([{ kind: 'average' }, { kind: 'last' }, { kind: 'weighted', weights }] as const)[draw % 3] ?? { kind: 'average' };
};

const outers: readonly OuterOptimizer[] = [
  { kind: 'average' },
  { kind: 'nesterov', rate: 0.7, momentum: 0.9 },
  { kind: 'nesterov', rate: 0.5, momentum: 0 },
];

/** Rounds of whole stages, or training that is cut into rounds. */
const replicasOf = (stages: readonly Stage[], draw: number): Stage => {
  const whole = withoutEnds(stages);
  const steps = stepsIn(whole);
  const common = { kind: 'replicas', replicas: draw % 7 === 0 ? 3 : 2, outer: outers[draw % 3] ?? { kind: 'average' } } as const;
  const every = 1 + (draw % 2);
  return steps === 0 || draw % 5 < 2
    ? { ...common, every, stages: [{ kind: 'train', steps: 2 * every }] }
    : { ...common, every: steps, rounds: 1 + (draw % 2), stages: whole };
};

const unit = (length: number, at: number): readonly number[] => Array.from({ length }, (_, index) => (index === at ? 1 : 0));

/** Merges the last two layers with more than all of the one and less than nothing of the other; R·P = I. */
const signed = (layers: number): Operator => ({
  kind: 'matrix',
  restriction: Array.from({ length: layers - 1 }, (_, row) =>
    row < layers - 2 ? unit(layers, row) : [...unit(layers - 2, -1), 1.5, -0.5],
  ),
  prolongation: Array.from({ length: layers }, (_, row) => unit(layers - 1, Math.min(row, layers - 2))),
});

/** An operator that fits, if one of that way does. */
const operatorFor = (way: Extract<Move, { kind: 'down' }>['way'], draw: number, grid: LayersAndHeads): Operator | undefined => {
  const { layers } = grid;
  const factors = [2, 3, 4, 6].filter((each) => layers > 0 && layers % each === 0);
  const factor = factors[draw % factors.length];
  const halved = { kind: 'width', factor: 2, ...(draw % 5 < 2 ? { pairing: 'halves' as const } : {}) } as const;
  const width = operatorFault(halved, grid) === undefined ? halved : undefined;
  if (way === 'matrix' && layers > 1) return signed(layers);
  if (way === 'width' || factor === undefined) return width;
  const over =
    draw % 2 === 0 || way === 'average'
      ? ({ kind: 'average', factor, ...(draw % 5 === 2 ? { pairing: 'halves' as const } : {}) } as const)
      : ({ kind: 'every', factor, offset: draw % factor } as const);
  if (way !== 'compose' || width === undefined) return way === 'every' ? { kind: 'every', factor, offset: draw % factor } : over;
  return { kind: 'compose', operators: draw % 3 === 0 ? [width, over] : [over, width] };
};

/** What a level asks of its way back: nothing; no line search; its operator's own one, searched or not; and that as a correction. */
type Answer = 'any' | 'unsearched' | 'width' | 'own' | 'correction';

const withTau = (policy: MomentsPolicy, tau: boolean): MomentsPolicy => (tau && policy === 'rescale' ? 'carry' : policy);

const usualWayBack: Move & { readonly kind: 'up' } = {
  kind: 'up',
  correction: { kind: 'total' },
  interpolation: 'own',
  moments: 'carry',
  counters: 'carry',
  search: {},
  fit: {},
};

const prolongation = (move: Move & { readonly kind: 'up' }, answer: Answer): ProlongateStage => {
  const correction: Correction =
    answer === 'correction' && move.correction.kind !== 'correction' ? { kind: 'correction', alpha: 1 } : move.correction;
  const tau = answer === 'own' || answer === 'correction';
  const searches = correction.kind === 'correction' && answer !== 'unsearched' && answer !== 'width';
  return {
    kind: 'prolongate',
    correction,
    interpolation: tau || answer === 'width' ? 'own' : move.interpolation,
    moments: withTau(move.moments, tau),
    counters: move.counters,
    ...(searches ? move.search : {}),
    // A line search and a fit exclude each other.
    ...(answer === 'any' && !(searches && move.search.lineSearch !== undefined) ? move.fit : {}),
  };
};

/** The widest that growth may lead to. */
const MOST_HEADS = 8;

/** The stages that moves come to on this many layers; what cannot be done there is left out, what is open at the end is closed. */
const stagesOf = (moves: readonly Move[], begins: LayersAndHeads, setup: Setup, mostLayers: number): readonly Stage[] => {
  const stages: Stage[] = [];
  const open = [begins];
  const answers: Answer[] = [];
  for (const move of moves) {
    const grid = open.at(-1) ?? begins;
    const here = grid.layers;
    if (move.kind === 'train') stages.push(trainingBy(move.draw, move.steps, here, setup));
    if (move.kind === 'evaluate') stages.push(move);
    if (move.kind === 'down') {
      const operator = operatorFor(move.way, move.draw, grid);
      if (operator === undefined) continue;
      const narrows = narrowing(operator) !== 1;
      const tau = move.tau > 0 && !narrows;
      stages.push({
        kind: 'restrict',
        operator,
        h: move.h,
        moments: withTau(move.moments, tau),
        counters: move.counters,
        ...(tau ? { tau: { batches: move.tau } } : {}),
      });
      open.push(coarseLayersAndHeads(operator, grid));
      if (operator.kind === 'width') answers.push('width');
      else answers.push(narrows ? 'unsearched' : !tau ? 'any' : operator.kind === 'every' ? 'own' : 'correction');
    }
    if (move.kind === 'up' && open.length > 1) {
      stages.push(prolongation(move, answers.pop() ?? 'any'));
      open.pop();
    }
    // Never inside a loop, whose passes would each grow it.
    if (move.kind === 'grow' && open.length === 1 && mostLayers > 0) {
      const { kind: _, growth: chosen, way: said, fit: learnt, ...policies } = move;
      const grown = grownSizes(chosen, grid);
      const fits = depthOf(grown) <= mostLayers && grown.heads <= MOST_HEADS && growthFault(chosen, '', here) === undefined;
      const own = { ...(chosen.kind === 'width' ? wayGiven(said) : {}), ...(copiesLayers(chosen) ? learnt : {}) };
      if (fits) stages.push({ kind: 'grow', growth: chosen, ...own, ...policies });
      if (fits) open[0] = grown;
    }
    if (move.kind === 'loop') {
      const inner = stagesOf(move.moves, grid, setup, 0);
      if (inner.length > 0) stages.push({ kind: 'repeat', times: move.times, stages: inner });
    }
    if (move.kind === 'rounds') stages.push(replicasOf(stagesOf(move.moves, grid, setup, 0), move.draw));
    if (move.kind === 'fork') {
      const arms = move.arms.map((arm) => stagesOf(arm, grid, setup, 0)).filter((arm) => arm.length > 0);
      if (arms.length > 0) stages.push({ kind: 'branch', arms, shared: sharedOf(arms.length, move.draw) });
    }
  }
  for (let level = open.length - 1; level > 0; level--) stages.push(prolongation(usualWayBack, answers.pop() ?? 'any'));
  return stages;
};

const learningRate = fc.constantFrom(
  { kind: 'constant', peak: 0.01, warmup: 0, clock: 'global' } as const,
  { kind: 'cosine', peak: 0.02, floor: 0.001, warmup: 2, clock: 'global', rewarm: 2 } as const,
  { kind: 'wsd', peak: 0.02, floor: 0, warmup: 1, decay: 0.5, clock: 'stage' } as const,
);

const batches = fc.constantFrom<Pick<Setup, 'batch' | 'accumulate' | 'recompute'>>(
  { batch: 1 },
  { batch: 2 },
  { batch: 2, recompute: 'activations' },
  { batch: 2, accumulate: 2 },
  { batch: 2, accumulate: 2, recompute: 'layers' },
);

const gptOf = (layers: number): fc.Arbitrary<GptModel> =>
  fc.record(
    {
      kind: fc.constant('gpt' as const),
      layers: fc.constant(layers),
      heads: fc.constantFrom(1, 2, 4),
      width: fc.constant(4),
      context: fc.constantFrom(2, 3),
      bias: fc.boolean(),
    },
    { noNullPrototype: true },
  );

/** Of heads of two units; of one width that no transfer divides, and of one that all divide. */
const llamaOf = (layers: number): fc.Arbitrary<LlamaModel> =>
  fc
    .record(
      {
        kind: fc.constant('llama' as const),
        layers: fc.constant(layers),
        groups: fc.constantFrom([1, 1], [2, 1], [2, 2], [4, 2]),
        hidden: fc.constantFrom(3, 8),
        context: fc.constantFrom(2, 3),
        theta: fc.constant(100),
        epsilon: fc.constant(1e-5),
        tied: fc.boolean(),
        queryKeyNorm: fc.boolean(),
      },
      { noNullPrototype: true },
    )
    .map(({ groups: [heads = 1, keyValueHeads = 1], ...own }) => ({ ...own, heads, keyValueHeads, width: 2 * heads }));

/**
 * A width transfer must leave Muon matrices (a Llama's heads have two units however narrow it becomes); completeP is for AdamW, and a network with
 * layers.
 */
const sizedFor = ({ kind }: Optimizer, model: Model, completeP: boolean): Model => {
  if (kind === 'muon' && model.kind === 'gpt') return { ...model, width: 8 };
  return completeP && kind === 'adamw' && model.layers > 0
    ? { ...model, parametrisation: 'completeP', baseLayers: 2, baseWidth: 2 }
    : model;
};

const setup = (layers: number): fc.Arbitrary<Setup> =>
  fc
    .tuple(
      batches,
      fc.record(
        {
          model: fc.oneof({ weight: 2, arbitrary: gptOf(layers) }, { weight: 1, arbitrary: llamaOf(layers) }),
          data: fc.constant({ kind: 'tokens' as const, vocabulary: VOCABULARY }),
          optimizer: fc
            .tuple(fc.constantFrom<Optimizer>(adamw, sgd, muon), learningRate)
            .map(([optimizer, rate]) => ({ ...optimizer, learningRate: rate })),
          completeP: fc.boolean(),
          seed: fc.nat(1000),
          evaluation: fc.record({ every: fc.nat(4), batches: fc.integer({ min: 1, max: 2 }) }, { noNullPrototype: true }),
        },
        { noNullPrototype: true },
      ),
    )
    .map(([batch, { completeP, ...rest }]): Setup => ({ ...rest, ...batch, model: sizedFor(rest.optimizer, rest.model, completeP) }));

const schedulesOf = (size: Size): fc.Arbitrary<Schedule> =>
  fc.constantFrom(...size.layers).chain((layers) =>
    fc
      .tuple(
        setup(layers),
        fc.array(
          fc.oneof(
            { weight: 6, arbitrary: plain },
            { weight: 1, arbitrary: loop },
            { weight: 1, arbitrary: fork },
            { weight: 1, arbitrary: rounds },
            { weight: 1, arbitrary: nestedFork },
          ),
          { minLength: 1, maxLength: size.moves },
        ),
      )
      .map(([given, moves]): Schedule => {
        const stages = stagesOf(moves, given.model, given, size.mostLayers);
        const schedule: Schedule = { version: 1, setup: given, stages: stages.length === 0 ? [{ kind: 'train', steps: 1 }] : stages };
        return E.isRight(verify(schedule)) ? schedule : { ...schedule, stages: withoutPlace(schedule.stages) };
      }),
  );

/** Deep enough for every recipe, shallow enough to be quick. */
export const smallSchedules = schedulesOf({ layers: [0, 1, 2, 4, 6, 12], mostLayers: 12, moves: 7 });

/** As small as has every construct, for a thousand of them: most of a case's time goes into tracing its layers. */
export const tinySchedules = schedulesOf({ layers: [0, 1, 2, 4], mostLayers: 6, moves: 3 });
