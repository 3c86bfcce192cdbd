/** Random schedules: stages of any nesting, whether or not they make sense, and setups that do. Those that make sense: `sensible.ts`. */
import fc from 'fast-check';
import { match } from 'ts-pattern';
import { mostCount, mostOf, mostReplicas } from '../../src/schedule/bounds/counts.js';
import { type GrowthKind, growthCounts, growthOfKind } from '../../src/schedule/bounds/growth.js';
import type { OpenCount, OpenOperator, OpenSimpleOperator, OpenStage } from '../../src/schedule/open-stages.js';
import type {
  Averaging,
  Correction,
  CountersPolicy,
  EvaluateStage,
  GrowStage,
  Growth,
  Injection,
  MatrixOperator,
  MomentsPolicy,
  Operator,
  OuterOptimizer,
  ProlongateStage,
  RestrictStage,
  SharedPolicy,
  SimpleOperator,
  Stage,
  WidthOperator,
} from '../../src/schedule/schedule.js';
import { trainStage } from './training.js';

/** Records as literals make them, with Object's prototype. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> => fc.record(model, { noNullPrototype: true });

const factor = fc.integer({ min: 2, max: 5 });
export const moments = fc.constantFrom<MomentsPolicy>('carry', 'reset', 'rescale', 'zero-new', 'average');
export const counters = fc.constantFrom<CountersPolicy>('carry', 'reset');
export const stepSize = fc.constantFrom('scale' as const, 'keep' as const);
export const interpolation = fc.constantFrom('own' as const, 'repeat' as const, 'linear' as const);
/** Factors of corrections, among them such as JavaScript writes with an exponent. */
export const alpha = fc.oneof(
  fc.constantFrom(1, 0.5, 1e-7, 2.5e-9),
  fc.double({ min: 0, max: 1, minExcluded: true, noDefaultInfinity: true, noNaN: true }),
);

export const correction: fc.Arbitrary<Correction> = fc.oneof(
  record({ kind: fc.constant('total' as const) }),
  record({ kind: fc.constantFrom('correction' as const, 'mix' as const), alpha }),
);

const injection: fc.Arbitrary<Injection> = factor.chain((k) =>
  record({ kind: fc.constant('every' as const), factor: fc.constant(k), offset: fc.nat(k - 1) }),
);

/** Once in a while with another pairing than that which is left out. */
const paired = <Op extends Averaging | WidthOperator>(operator: fc.Arbitrary<Op>): fc.Arbitrary<Op> =>
  fc.tuple(operator, fc.nat(3)).map(([plain, draw]) => (draw === 0 ? { ...plain, pairing: 'halves' } : plain));

const averaging: fc.Arbitrary<Averaging> = paired(record({ kind: fc.constant('average' as const), factor }));

const weight = fc.constantFrom(0, 1, 0.5, -0.25, 1 / 3, 1e-9);
const rows = (count: number, length: number) =>
  fc.array(fc.array(weight, { minLength: length, maxLength: length }), { minLength: count, maxLength: count });

/** Of the right shapes, without rows of zeros in R; whether it fits the depth or claims what is so is another matter. */
const matrix: fc.Arbitrary<MatrixOperator> = fc
  .constantFrom<readonly [coarse: number, fine: number]>([1, 2], [2, 3], [2, 4], [3, 3], [3, 6])
  .chain(([coarse, fine]) =>
    record({
      kind: fc.constant('matrix' as const),
      restriction: rows(coarse, fine).filter((all) => all.every((row) => row.some((entry) => entry !== 0))),
      prolongation: rows(fine, coarse),
    }),
  );

const widthwise: fc.Arbitrary<WidthOperator> = paired(record({ kind: fc.constant('width' as const), factor: fc.constantFrom(2, 2, 4, 3) }));

const simple: fc.Arbitrary<SimpleOperator> = fc.oneof(
  { weight: 4, arbitrary: injection },
  { weight: 2, arbitrary: averaging },
  { weight: 1, arbitrary: matrix },
  { weight: 1, arbitrary: widthwise },
);

const operator: fc.Arbitrary<Operator> = fc.oneof(
  { weight: 6, arbitrary: simple },
  {
    weight: 1,
    arbitrary: record({ kind: fc.constant('compose' as const), operators: fc.array(simple, { minLength: 2, maxLength: 3 }) }),
  },
);

/** A stage, once in a while with something more. */
const sometimes = <Stage extends object, More extends object>(stage: fc.Arbitrary<Stage>, more: fc.Arbitrary<More>): fc.Arbitrary<Stage> =>
  fc.tuple(stage, more, fc.nat(7)).map(([plain, extra, draw]) => (draw === 0 ? { ...plain, ...extra } : plain));

const few = fc.integer({ min: 1, max: 12 });

export const restrictStage: fc.Arbitrary<RestrictStage> = sometimes(
  record({
    kind: fc.constant('restrict' as const),
    operator,
    h: stepSize,
    moments,
    counters,
  }),
  record({ tau: record({ batches: few }) }),
);

const fitted = record({ fit: record({ steps: fc.integer({ min: 0, max: 12 }), rate: fc.constantFrom(0.05, 1e-4, 3) }) });

export const prolongateStage: fc.Arbitrary<ProlongateStage> = sometimes(
  sometimes(
    record({
      kind: fc.constant('prolongate' as const),
      correction,
      interpolation,
      moments,
      counters,
    }),
    record({ lineSearch: record({ tries: few, batches: few }) }),
  ),
  fitted,
);

/** Every kind, with a count that fits its role. */
export const growth: fc.Arbitrary<Growth> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom(...(Object.keys(growthCounts) as GrowthKind[])), factor)
      .map(([kind, count]): Growth => growthOfKind(kind, count)),
  },
  { weight: 1, arbitrary: widthwise },
);

/** Ways that are written out; most growths have none. */
export const way = fc.constantFrom(undefined, undefined, 'copy' as const, 'zero' as const, 'random' as const);

export const growStage: fc.Arbitrary<GrowStage> = sometimes(
  fc
    .tuple(record({ kind: fc.constant('grow' as const), growth, h: stepSize, moments, counters }), way)
    .map(([stage, said]) => (said === undefined || stage.growth.kind !== 'width' ? stage : { ...stage, way: said })),
  fitted,
);

export const evaluateStage: fc.Arbitrary<EvaluateStage> = record({ kind: fc.constant('evaluate' as const) });

/** Weights that sum to 1, whatever the number of arms. */
export const shared: fc.Arbitrary<SharedPolicy> = fc.oneof(
  record({ kind: fc.constantFrom('average' as const, 'last' as const) }),
  record({
    kind: fc.constant('weighted' as const),
    weights: fc.constantFrom<readonly number[]>([1], [0.5, 0.5], [0.25, 0.75], [1e-9, 0.999999999], [0.2, 0.3, 0.5]),
  }),
);

const outer: fc.Arbitrary<OuterOptimizer> = fc.oneof(
  record({ kind: fc.constant('average' as const) }),
  record({ kind: fc.constant('nesterov' as const), rate: fc.constantFrom(0.7, 1, 1.5), momentum: fc.constantFrom(0, 0.5, 0.9) }),
);

const replicas = (inner: fc.Arbitrary<Stage>): fc.Arbitrary<Stage> =>
  fc
    .tuple(
      fc.integer({ min: 2, max: 4 }),
      fc.integer({ min: 1, max: 3 }),
      fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
      outer,
      fc.array(inner, { minLength: 1, maxLength: 2 }),
    )
    .map(([count, every, rounds, merged, all]) => ({
      kind: 'replicas',
      replicas: count,
      every,
      ...(rounds === undefined ? {} : { rounds }),
      outer: merged,
      stages: all,
    }));

/** Stages that may nest to a small depth. */
const stageUpTo = (depth: number): fc.Arbitrary<Stage> =>
  depth === 0
    ? fc.oneof(
        { weight: 3, arbitrary: trainStage },
        { weight: 3, arbitrary: restrictStage },
        { weight: 3, arbitrary: prolongateStage },
        { weight: 1, arbitrary: growStage },
        { weight: 1, arbitrary: evaluateStage },
      )
    : fc.oneof(
        { weight: 5, arbitrary: stageUpTo(0) },
        {
          weight: 1,
          arbitrary: record({
            kind: fc.constant('repeat' as const),
            times: fc.integer({ min: 1, max: 3 }),
            stages: fc.array(stageUpTo(depth - 1), { minLength: 1, maxLength: 3 }),
          }),
        },
        { weight: 1, arbitrary: replicas(stageUpTo(depth - 1)) },
        {
          weight: 1,
          arbitrary: record({
            kind: fc.constant('branch' as const),
            arms: fc.array(fc.array(stageUpTo(depth - 1), { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 3 }),
            shared,
          }),
        },
      );

export const stages: fc.Arbitrary<readonly Stage[]> = fc.array(stageUpTo(2), { minLength: 1, maxLength: 7 });

const name = fc.constantFrom('n', 'm', 'steps2', '_x').map((word) => ({ name: word }));

const openCount = (least: number, most: number = mostCount): fc.Arbitrary<OpenCount> =>
  fc.oneof(fc.integer({ min: least, max: most }), name);

const openSimple = (plain: SimpleOperator): fc.Arbitrary<OpenSimpleOperator> =>
  match(plain)
    .returnType<fc.Arbitrary<OpenSimpleOperator>>()
    .with({ kind: 'every' }, ({ kind }) => record({ kind: fc.constant(kind), factor: openCount(2), offset: openCount(0) }))
    .with({ kind: 'average' }, (average) => openCount(2).map((factor) => ({ ...average, factor })))
    .with({ kind: 'width' }, (width) => openCount(2).map((factor) => ({ ...width, factor })))
    .with({ kind: 'matrix' }, (whole) => fc.constant(whole))
    .exhaustive();

const openOperator = (plain: Operator): fc.Arbitrary<OpenOperator> =>
  plain.kind === 'compose'
    ? record({ kind: fc.constant(plain.kind), operators: fc.tuple(...plain.operators.map(openSimple)) })
    : openSimple(plain);

const opened = (stage: Stage): fc.Arbitrary<OpenStage> =>
  match(stage)
    .returnType<fc.Arbitrary<OpenStage>>()
    .with({ kind: 'train' }, (train) =>
      fc.tuple(openCount(1), openCount(1)).map(([steps, number]) => ({
        ...train,
        steps,
        ...(train.until?.kind === 'plateau' ? { until: { ...train.until, patience: number } } : {}),
        ...(train.until?.kind === 'loss' ? { until: { ...train.until, loss: number } } : {}),
        ...(train.stochasticDepth === undefined ? {} : { stochasticDepth: typeof number === 'number' ? train.stochasticDepth : number }),
      })),
    )
    .with({ kind: 'evaluate' }, (evaluate) => fc.constant(evaluate))
    .with({ kind: 'restrict' }, (restrict) => openOperator(restrict.operator).map((open) => ({ ...restrict, operator: open })))
    .with({ kind: 'prolongate' }, (prolongate) =>
      fc
        .oneof(
          fc.constant(prolongate.correction),
          record({ kind: fc.constantFrom('correction' as const, 'mix' as const), alpha: fc.oneof(alpha, name) }),
        )
        .map((open): OpenStage => ({ ...prolongate, correction: open })),
    )
    .with({ kind: 'grow' }, ({ growth: { ...grown }, ...grow }) =>
      grown.kind === 'width'
        ? openCount(2).map((factor): OpenStage => ({ ...grow, growth: { ...grown, factor } }))
        : openCount(2, mostOf(growthCounts[grown.kind])).map((k): OpenStage => ({ ...grow, growth: growthOfKind(grown.kind, k) })),
    )
    .with({ kind: 'repeat' }, (repeat) =>
      fc
        .tuple(openCount(1), fc.tuple(...repeat.stages.map(opened)))
        .map(([times, inner]): OpenStage => ({ ...repeat, times, stages: inner })),
    )
    .with({ kind: 'replicas' }, (all) =>
      fc
        .tuple(openCount(2, mostReplicas), openCount(1), fc.tuple(...all.stages.map(opened)))
        .map(([count, every, inner]): OpenStage => ({ ...all, replicas: count, every, stages: inner })),
    )
    .with({ kind: 'branch' }, (branch) =>
      fc.tuple(...branch.arms.map((arm) => fc.tuple(...arm.map(opened)))).map((arms): OpenStage => ({ ...branch, arms })),
    )
    .exhaustive();

/** Stages whose counts may be free names. */
export const openStages: fc.Arbitrary<readonly OpenStage[]> = stages.chain((plain) => fc.tuple(...plain.map(opened)));

/** Depths that factors 2 to 5 often divide. */
export const layers = fc.constantFrom(0, 1, 2, 3, 4, 6, 8, 12, 24, 60, 120);
