/** The values of the options of stages, and the defaults of these and of a setup's evaluation. Not here: how they are written (`text`). */
import type { Evaluation, Muon, OnSpike, Recompute } from './schedule.js';

/** The words of each option. */
export const optionValues = {
  h: ['scale', 'keep'],
  moments: ['carry', 'reset', 'rescale', 'zero-new', 'average'],
  counters: ['carry', 'reset'],
  pairing: ['neighbours', 'halves'],
  way: ['uneven', 'copy', 'zero', 'random'],
  interpolation: ['own', 'repeat', 'linear'],
  sharedLayers: ['freeze', 'train'],
  layers: ['random'],
  clock: ['global', 'stage'],
  documents: ['joined', 'separate'],
} as const;

/**
 * The defaults of a stage's options, which are not printed. Whether a growth keeps h depends on its kind (`usualStep`, bounds/growth.ts). Counters
 * have the usual value of the moments' policy.
 */
export const defaults = {
  train: { sharedLayers: 'freeze' },
  subnetwork: { h: 'keep' },
  'until.plateau': { minDelta: 0 },
  'until.slopeBelow': { ratio: 1 },
  restrict: { h: 'scale', moments: 'carry', counters: 'carry' },
  prolongate: { correction: { kind: 'total' }, interpolation: 'own', moments: 'carry', counters: 'carry' },
  grow: { moments: 'carry', counters: 'carry' },
  width: { way: 'uneven' },
  branch: { shared: { kind: 'average' } },
  // The outer optimizer that Douillard et al. (2023) chose.
  replicas: { outer: { kind: 'nesterov', rate: 0.7, momentum: 0.9 } },
} as const;

/** The defaults of learning rates; besides, the floor of a cosine is a tenth of its peak. */
export const rateDefaults = {
  constant: { warmup: 0, clock: 'global' },
  cosine: { warmup: 100, clock: 'global' },
  wsd: { floor: 0, warmup: 100, decay: 0.2, clock: 'global' },
} as const;

/** The default rate of a learnt transfer. */
export const fitDefaults = { rate: 0.05 } as const;

/** The default floor of a cosine. */
export const cosineFloor = (peak: number): number => peak / 10;

/** How Muon's learning rate of a matrix depends on its shape (`src/optimizer/muon.ts`). */
export const shapeFactors = ['match-rms-adamw', 'original'] as const satisfies readonly Muon['shapeFactor'][];

/** The defaults of a text; its documents are joined. */
export const textDefaults = { tokenizer: 'characters', heldOut: 0.1 } as const;

/** Where a setup has `onSpike`: factor and window are those of OLMo's optimizer that skips steps, `back` is PaLM's. */
export const defaultOnSpike = { factor: 6, window: 128, back: 100 } as const satisfies OnSpike;

/** When held-out text is evaluated by default. */
export const defaultEvaluation = { every: 250, batches: 20 } as const satisfies Evaluation;

/** What a gradient may compute again, fewest FLOPs first. */
export const recomputations = ['activations', 'layers'] as const satisfies readonly Recompute[];
