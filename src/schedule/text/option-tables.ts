/** The options of stages and cycles, as tables: which there are, their defaults, and the given ones. Not here: parsing them (`options.ts`). */
import { defaults } from '../defaults.js';
import { type ByDirection, downOf, upOf, usualCounters } from '../moment-policies.js';
import type { OpenCorrection, OpenCount, OpenDepthGrowth, OpenObservedLoss, OpenOperator, OpenRate, OpenTrain } from '../open-stages.js';
import type {
  Clock,
  CountersPolicy,
  DataSource,
  Fit,
  GrowStage,
  Interpolation,
  LineSearch,
  MomentsPolicy,
  Paired,
  Pairing,
  SharedPolicy,
  SharedTraining,
  StepSizePolicy,
  Tau,
  WidthWay,
} from '../schedule.js';
import type { OpenLayers } from './observed.js';

const transferOptions = ['h', 'correction', 'mix', 'interpolation', 'moments', 'counters', 'tau', 'lineSearch'] as const;

const cycleOptions = ['levels', 'operator', 'pre', 'coarse', 'post', ...transferOptions] as const;

const rateOptions = ['warmup', 'clock', 'rewarm'] as const;

/** The options of each stage, cycle, operator, learning rate and text that has any, in the order in which they are printed. */
export const stageOptions = {
  train: ['only', 'sharedLayers', 'stochasticDepth', 'accumulate', 'batch', 'context', 'learningRate', 'data', 'layers', 'keep', 'h'],
  text: ['tokenizer', 'heldOut', 'field', 'documents'],
  constant: rateOptions,
  cosine: ['floor', ...rateOptions],
  wsd: ['floor', 'decay', ...rateOptions],
  'until.plateau': ['on', 'patience', 'minDelta', 'atMost'],
  'until.loss': ['on', 'atMost'],
  'until.tokens': ['atMost'],
  'until.flops': ['atMost'],
  'until.slopeBelow': ['on', 'ratio', 'atMost'],
  restrict: ['h', 'moments', 'counters', 'tau'],
  prolongate: ['correction', 'mix', 'interpolation', 'moments', 'counters', 'lineSearch', 'fit'],
  grow: ['way', 'h', 'moments', 'counters', 'fit'],
  branch: ['shared'],
  average: ['pairing'],
  width: ['pairing'],
  vCycle: cycleOptions,
  wCycle: cycleOptions,
  fCycle: cycleOptions,
  nested: cycleOptions,
  cascade: ['levels', 'operator', 'coarse', 'post', ...transferOptions],
} as const;

interface Policies {
  readonly moments: MomentsPolicy;
  readonly counters: CountersPolicy;
}

/** The policies of a restriction, from the given options. */
export const policiesDown = ({ moments, counters }: Pick<Given, 'moments' | 'counters'>): Policies => {
  const policy = moments === undefined ? defaults.restrict.moments : downOf(moments);
  return { moments: policy, counters: counters === undefined ? usualCounters(policy) : downOf(counters) };
};

/** The policies of a prolongation or growth. */
export const policiesUp = ({ moments, counters }: Pick<Given, 'moments' | 'counters'>): Policies => {
  const policy = moments === undefined ? defaults.prolongate.moments : upOf(moments);
  return { moments: policy, counters: counters === undefined ? usualCounters(policy) : upOf(counters) };
};

/** The way back of a prolongation, from the given options. */
export const correctionGiven = ({ correction, mix }: Pick<Given, 'correction' | 'mix'>): OpenCorrection =>
  mix === undefined ? (correction ?? defaults.prolongate.correction) : { kind: 'mix', alpha: mix };

/** The operator's key for the option: none for neighbours. */
export const pairingGiven = (pairing: Pairing | undefined): Paired =>
  pairing === undefined || pairing === 'neighbours' ? {} : { pairing };

/** The key of a growth for the option: none for uneven. */
export const wayGiven = (way: WidthWay | undefined): Pick<GrowStage, 'way'> => (way === undefined || way === 'uneven' ? {} : { way });

/** Options that exclude each other: for each, the other one. */
export const otherWay = { correction: 'mix', mix: 'correction' } as const;

export type Optioned = keyof typeof stageOptions;

/** The options that were given. */
export interface Given {
  readonly h?: StepSizePolicy;
  readonly moments?: ByDirection<MomentsPolicy>;
  readonly counters?: ByDirection<CountersPolicy>;
  readonly interpolation?: Interpolation;
  /** Of operators. */
  readonly pairing?: Pairing;
  /** Of a width that grows. */
  readonly way?: WidthWay;
  readonly correction?: OpenCorrection;
  /** Excludes a correction. */
  readonly mix?: OpenCount;
  readonly tau?: Tau | false;
  readonly lineSearch?: LineSearch;
  readonly fit?: Fit;
  readonly levels?: number;
  readonly operator?: OpenOperator | OpenDepthGrowth;
  /** Training before a restriction, on the coarsest level, after a prolongation. */
  readonly pre?: OpenTrain;
  readonly coarse?: OpenTrain;
  readonly post?: OpenTrain;
  readonly shared?: SharedPolicy;
  /** Options of training stages, and of their conditional ends. */
  readonly only?: OpenLayers;
  readonly sharedLayers?: SharedTraining;
  readonly stochasticDepth?: OpenCount;
  readonly accumulate?: OpenCount;
  readonly batch?: OpenCount;
  readonly context?: OpenCount;
  readonly learningRate?: OpenRate;
  /** Options of learning rates. */
  readonly floor?: number;
  readonly decay?: number;
  readonly warmup?: number;
  readonly clock?: Clock;
  readonly rewarm?: number;
  readonly data?: DataSource;
  /** With `keep`: a step computes some of the layers. */
  readonly layers?: 'random';
  readonly keep?: OpenCount;
  /** Options of texts. */
  readonly tokenizer?: string;
  readonly heldOut?: number;
  readonly field?: string;
  readonly documents?: 'joined' | 'separate';
  readonly on?: OpenObservedLoss;
  readonly patience?: OpenCount;
  readonly minDelta?: OpenCount;
  readonly ratio?: OpenCount;
  readonly atMost?: OpenCount;
}
