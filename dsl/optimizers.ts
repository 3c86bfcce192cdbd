/**
 * The optimizer and its learning rate as values, with their defaults. Not here: bounds (`verify` of src/schedule says what is wrong with a value), the
 * rules (`src/optimizer`).
 */
import { given, isOptions, optionsFault } from '../src/options.js';
import { cosineFloor, rateDefaults } from '../src/schedule/defaults.js';
import type { AdamW, Clock, LearningRate, Muon, Sgd } from '../src/schedule/schedule.js';
import { builder } from './builder.js';
import { namesOf } from './option-names.js';

export interface ClockOptions {
  /** Steps of linear warm-up. */
  readonly warmup?: number;
  /** `global` (the default) counts the run's training steps, `stage` those of each training stage. */
  readonly clock?: Clock;
  /** Steps over which the rate is warmed up again after each transfer that follows some training; none by default. */
  readonly rewarm?: number;
}

export interface CosineOptions extends ClockOptions {
  /** The rate at the end; a tenth of the peak by default. */
  readonly floor?: number;
}

export interface WsdOptions extends ClockOptions {
  /** The rate at the end; 0 by default. */
  readonly floor?: number;
  /** Share of the clock's steps over which it decays; a fifth by default. */
  readonly decay?: number;
}

const clockOptions = { warmup: true, clock: true, rewarm: true } as const;
const rateOptions = {
  constant: namesOf<ClockOptions>(clockOptions),
  cosine: namesOf<CosineOptions>({ floor: true, ...clockOptions }),
  wsd: namesOf<WsdOptions>({ floor: true, decay: true, ...clockOptions }),
};

/** The peak, by default without warm-up. */
export const constant = builder(
  'constant',
  2,
  (peak: number, options: ClockOptions = {}): LearningRate => ({
    kind: 'constant',
    peak,
    ...rateDefaults.constant,
    ...given(options),
  }),
  (options) => optionsFault('constant', rateOptions.constant, options),
);

/** Half a cosine, by default down to a tenth of the peak after 100 steps of warm-up. */
export const cosine = builder(
  'cosine',
  2,
  (peak: number, options: CosineOptions = {}): LearningRate => ({
    kind: 'cosine',
    peak,
    // In plain JavaScript a peak may not be a number, which the verifier reports.
    floor: typeof peak === 'number' ? cosineFloor(peak) : 0,
    ...rateDefaults.cosine,
    ...given(options),
  }),
  (options) => optionsFault('cosine', rateOptions.cosine, options),
);

/** Warm-up of 100 steps, a constant phase, then a linear decay to 0 over the last fifth. */
export const wsd = builder(
  'wsd',
  2,
  (peak: number, options: WsdOptions = {}): LearningRate => ({
    kind: 'wsd',
    peak,
    ...rateDefaults.wsd,
    ...given(options),
  }),
  (options) => optionsFault('wsd', rateOptions.wsd, options),
);

type OptionsOf<Rule> = Partial<Omit<Rule, 'kind'>>;

export interface MuonOptions extends Omit<OptionsOf<Muon>, 'rest'> {
  /** AdamW for what is no hidden matrix; `rate` is its learning rate as a multiple of Muon's. */
  readonly rest?: Partial<Muon['rest']>;
}

const commonOptions = { learningRate: true, clip: true, weightDecay: true } as const;
const ruleOptions = {
  adamw: namesOf<OptionsOf<AdamW>>({ ...commonOptions, beta1: true, beta2: true, epsilon: true }),
  sgd: namesOf<OptionsOf<Sgd>>({ ...commonOptions, momentum: true }),
  muon: namesOf<MuonOptions>({
    ...commonOptions,
    momentum: true,
    nesterov: true,
    coefficients: true,
    iterations: true,
    epsilon: true,
    shapeFactor: true,
    rest: true,
  }),
  rest: namesOf<Muon['rest']>({ rate: true, beta1: true, beta2: true, epsilon: true }),
};

/** AdamW with nanoGPT's settings: cosine(1e-3), β 0.9 and 0.99, decay 0.1, clip 1. */
export const adamw = builder(
  'adamw',
  1,
  (options: OptionsOf<AdamW> = {}): AdamW => ({
    kind: 'adamw',
    learningRate: cosine(1e-3, { floor: 1e-4 }),
    beta1: 0.9,
    beta2: 0.99,
    epsilon: 1e-8,
    weightDecay: 0.1,
    clip: 1,
    ...given(options),
  }),
  (options) => optionsFault('adamw', ruleOptions.adamw, options),
);

const muonFault = (options: unknown): string | undefined =>
  optionsFault('muon', ruleOptions.muon, options) ??
  (isOptions(options) ? optionsFault("muon's rest", ruleOptions.rest, options.rest) : undefined);

/**
 * Muon for the matrices of layers with the coefficients of `torch.optim.Muon`, and AdamW for embeddings, biases and norms: both by cosine(1e-3), which
 * suits the shape factor `match-rms-adamw`. With `original` the rate of matrices is larger, 0.02 as a rule: give `rest: { rate }` then.
 *
 * @example
 * muon({ learningRate: cosine(0.02), shapeFactor: 'original', rest: { rate: 0.05 } })
 */
export const muon = builder(
  'muon',
  1,
  (options: MuonOptions = {}): Muon => ({
    kind: 'muon',
    learningRate: cosine(1e-3, { floor: 1e-4 }),
    momentum: 0.95,
    nesterov: true,
    coefficients: [3.4445, -4.775, 2.0315],
    iterations: 5,
    epsilon: 1e-7,
    shapeFactor: 'match-rms-adamw',
    weightDecay: 0.1,
    clip: 1,
    ...given(options),
    rest: { rate: 1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, ...given(options.rest ?? {}) },
  }),
  muonFault,
);

/** SGD with momentum 0.9: constant(0.1) after 100 steps of warm-up, no decay, clip 1. */
export const sgd = builder(
  'sgd',
  1,
  (options: OptionsOf<Sgd> = {}): Sgd => ({
    kind: 'sgd',
    learningRate: constant(0.1, { warmup: 100 }),
    momentum: 0.9,
    weightDecay: 0,
    clip: 1,
    ...given(options),
  }),
  (options) => optionsFault('sgd', ruleOptions.sgd, options),
);
