/**
 * The training stage as a value: its length (a number of steps, or a conditional end), its layers, and stochastic depth. Not here: ends (`until.ts`),
 * other stages (`stages.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { invalid, isInvalid } from '../src/invalid.js';
import { given } from '../src/options.js';
import { mostLayers } from '../src/schedule/bounds/counts.js';
import { rateDefaults } from '../src/schedule/defaults.js';
import type { DataSource, LearningRate, SharedTraining, StepSizePolicy, TrainStage } from '../src/schedule/schedule.js';
import { inside, mustBe, type subnetworkHasNo } from '../src/schedule/sentences.js';
import { endFault, isEnd, trainOf } from '../src/schedule/text/index.js';
import type { keepWithoutLayers, layersWithoutKeep, sharedLayersWithoutOnly } from '../src/schedule/text/sentences.js';
import { shownValue } from '../src/shown-value.js';
import { builder } from './builder.js';
import { stageOptionsFault } from './option-faults.js';
import type { NumberAmountFault } from './types/fault/amount-fault.js';
import type { NumberFault } from './types/fault/count-fault.js';
import type { Judged } from './types/fault/judged.js';
import type { MostSteps } from './types/fold/trained.js';
import type { OwnSizes, Sizes, Training, Written } from './types/stage/training.js';
import type { Until } from './until.js';

export interface Train<L extends Length = Length, Only extends Layers | undefined = Layers | undefined, Own extends OwnSizes = OwnSizes>
  extends TrainStage,
    Written<Training<L, Only, Own>> {
  readonly steps: MostSteps<L>;
}

/** Layers of the present level: 0-based numbers, and ranges `[from, to]` that include both ends; or those that the last growth made. */
export type Layers = 'new' | readonly (number | readonly [from: number, to: number])[];

export interface TrainOptions<
  Only extends Layers | undefined = undefined,
  Survival extends number = number,
  Accumulate extends number | undefined = undefined,
  Batch extends number | undefined = undefined,
  Context extends number | undefined = undefined,
  Rate extends number | LearningRate = number | LearningRate,
  Which extends Subnetwork = undefined,
  Keep extends number | undefined = undefined,
> {
  /**
   * Only these layers are updated; the others keep weights, moments and counters, and the backward pass stops below the lowest of them
   * (multi-stage layerwise training, Yang et al. 2020: `grow(last(4)) >> train(n, only: new)`).
   */
  readonly only?: Judged<Only, Only extends undefined ? never : Choosing<'only', Which>>;
  /** Embeddings, final norm and head beside `only`: frozen (the default, as in that method), or trained, for which the backward pass goes all the way down. */
  readonly sharedLayers?: Only extends undefined ? sharedLayersWithoutOnly : SharedTraining;
  /**
   * Stochastic depth (Huang et al. 2016): the probability with which the last layer takes part in a step; linear over depth from 1. A layer that
   * takes part is divided by its probability; evaluation is unchanged. It regularises, but saves no FLOPs.
   */
  readonly stochasticDepth?: Judged<Survival, NumberAmountFault<'stochasticDepth', Survival> | Choosing<'stochasticDepth', Which>>;
  /**
   * The number of microbatches in which each batch of the stage is processed, one after the other, while their gradients add up to that of the batch:
   * the same losses within rounding, in the memory of one of them. By default the setup's, or 1.
   */
  readonly accumulate?: OwnSize<'accumulate', Accumulate>;
  /** Sequences in a step of the stage; by default the setup's. */
  readonly batch?: OwnSize<'batch', Batch>;
  /**
   * Tokens in a sequence of the stage, at most the model's context, which is the default: shorter sequences first, for example. Held-out text is
   * evaluated with the setup's batch and the model's context all the same.
   */
  readonly context?: OwnSize<'context', Context>;
  /**
   * The learning rate of the stage: a number, which it then is throughout, or `constant`, `cosine` or `wsd` on whichever clock; by default the
   * optimizer's.
   */
  readonly learningRate?: Judged<Rate, Rate extends number ? NumberAmountFault<'learningRate', Rate> : never>;
  /**
   * What the stage trains on, in the same tokens as the setup's data, which is the default: `text('more.txt', { tokenizer: 'gpt2' })`. Held-out text is
   * the setup's all the same.
   */
  readonly data?: DataSource;
  /**
   * `random`: each step computes and updates a network of some of the level's layers alone, drawn for that step, the share `keep` of them; those that
   * are left out are not computed, and FLOPs fall with them (progressive subnetwork training, Panigrahi et al. 2024). Evaluations are of the whole
   * level.
   */
  readonly layers?: Judged<Which, Which extends 'random' ? (Keep extends undefined ? layersWithoutKeep : never) : never>;
  /** Beside `layers`: the share of the layers that a step computes, 0 < keep ≤ 1, rounded to a number of layers, and at least one. */
  readonly keep?: Judged<
    Keep,
    Keep extends number ? (Which extends 'random' ? NumberAmountFault<'keep', Keep> : keepWithoutLayers<'keep'>) : never
  >;
  /** Beside `layers`: the step size of that network, the level's (`keep`, the default), or as much larger as it has fewer layers (`scale`). */
  readonly h?: Which extends 'random' ? StepSizePolicy : keepWithoutLayers<'h'>;
}

/** Whether the stage computes some layers only, drawn at each step. */
type Subnetwork = 'random' | undefined;

/** The sentence about an option that chooses among layers that are all computed, where some are not. */
type Choosing<Option extends 'only' | 'stochasticDepth', Which extends Subnetwork> = Which extends 'random'
  ? subnetworkHasNo<Option>
  : never;

/** A size that the stage may have of its own. */
type OwnSize<Name extends keyof OwnSizes, Size extends number | undefined> = Judged<
  Size,
  Size extends number ? NumberFault<Name, 1, Size> : never
>;

export type Length = number | Until;

/** A number of steps within its bounds, or a conditional end. */
export type LengthArgument<L extends Length> = Judged<L, L extends number ? NumberFault<'steps', 1, L> : never>;

/** No network has a longer one. */
const isRange = (entry: unknown): entry is readonly [number, number] =>
  Array.isArray(entry) &&
  entry.length === 2 &&
  entry.every((end) => Number.isInteger(end)) &&
  entry[1] >= entry[0] &&
  entry[1] - entry[0] < mostLayers;

/** In plain JavaScript anything may be listed; what is neither number nor range is kept, for the verifier to report. */
const written = (layers: Layers): 'new' | readonly number[] =>
  Array.isArray(layers)
    ? layers.flatMap((entry: unknown) =>
        isRange(entry) ? Array.from({ length: entry[1] - entry[0] + 1 }, (_, index) => entry[0] + index) : [entry as number],
      )
    : (layers as 'new');

const isUntil = (length: unknown): length is Until => typeof length === 'object' && length !== null && 'end' in length;

interface PlainOptions {
  readonly only?: Layers;
  readonly sharedLayers?: SharedTraining;
  readonly stochasticDepth?: number;
  readonly accumulate?: number;
  readonly batch?: number;
  readonly context?: number;
  readonly learningRate?: number | LearningRate;
  readonly data?: DataSource;
  readonly layers?: 'random';
  readonly keep?: number;
  readonly h?: StepSizePolicy;
}

/** A number is that rate throughout; what is neither that nor a rate is kept, for the verifier to report. */
const rateOf = (rate: number | LearningRate): LearningRate =>
  typeof rate === 'number' ? { kind: 'constant', peak: rate, ...rateDefaults.constant } : rate;

/** In plain JavaScript an end may lack required options. */
const lacking = (length: unknown): string | undefined => {
  if (!isUntil(length)) return undefined;
  const { kind, ...options } = { ...length.end };
  return isEnd(kind) ? endFault(kind, { ...options, atMost: length.atMost }) : undefined;
};

/** The sentence about layers that are neither `new` nor a list, or nothing. */
const onlyFault = ({ only }: PlainOptions): string | undefined =>
  only === undefined || only === 'new' || Array.isArray(only)
    ? undefined
    : inside('train', mustBe('only', '"new" or a list of layers such as [0, [4, 7]]', shownValue(only)));

const stageOf = (length: unknown, options: PlainOptions): unknown => {
  if (isInvalid(length)) return length;
  const fault = lacking(length) ?? onlyFault(options);
  if (fault !== undefined) return invalid(fault);
  const { only, learningRate, ...others } = given(options);
  const ending = isUntil(length) ? { until: length.end, steps: length.atMost } : { steps: length as number };
  const stage = trainOf(ending, {
    ...(only === undefined ? {} : { only: written(only) }),
    ...others,
    ...(learningRate === undefined ? {} : { learningRate: rateOf(learningRate) }),
  });
  return E.isLeft(stage) ? invalid(stage.left) : stage.right;
};

/**
 * Trains the present level, for a number of steps or until a conditional end.
 *
 * @example
 * train(400)
 * train(until.plateau({ on: training(50), patience: 20, atMost: 400 }))
 * train(400, { only: 'new' })
 * train(400, { only: [0, [4, 7]], sharedLayers: 'train', stochasticDepth: 0.8 })
 * train(400, { accumulate: 4 })
 * train(400, { batch: 32, context: 128, learningRate: 3e-4 })
 * train(400, { layers: 'random', keep: 0.5 })
 */
export const train = builder(
  'train',
  2,
  <
    const L extends Length,
    const Only extends Layers | undefined = undefined,
    const Survival extends number = number,
    const Accumulate extends number | undefined = undefined,
    const Batch extends number | undefined = undefined,
    const Context extends number | undefined = undefined,
    const Rate extends number | LearningRate = number | LearningRate,
    const Which extends Subnetwork = undefined,
    const Keep extends number | undefined = undefined,
  >(
    length: LengthArgument<L>,
    options: TrainOptions<Only, Survival, Accumulate, Batch, Context, Rate, Which, Keep> = {},
  ): Train<L, Only, Sizes<Accumulate, Batch, Context>> =>
    stageOf(length, options as PlainOptions) as Train<L, Only, Sizes<Accumulate, Batch, Context>>,
  (options) => stageOptionsFault('train', options),
);
