/**
 * The JSON Schema of a schedule: keys, types, and every bound of a single number. Data only. Not here: ajv's findings as sentences (`schema.ts`), and
 * checks that involve more than one value (`../verify/verify.ts`).
 */
import { type AmountRole, amounts } from '../bounds/amounts.js';
import {
  type CountRole,
  leastCount,
  mostArms,
  mostComposed,
  mostCount,
  mostLayers,
  mostOf,
  mostSeed,
  mostSpikeWindow,
} from '../bounds/counts.js';
import { type GrowthKind, growthCounts } from '../bounds/growth.js';
import { optionValues, recomputations, shapeFactors } from '../defaults.js';
import { type ModelProperties, modelKinds } from '../model-kinds.js';
import { SCHEDULE_VERSION } from '../schedule.js';

const integer = (minimum: number, maximum: number = mostCount) => ({ type: 'integer', minimum, maximum });
const count = (role: CountRole) => integer(leastCount[role], mostOf(role));
const oneOf = (values: readonly string[]) => ({ type: 'string', enum: values });
const text = { type: 'string', minLength: 1 };
const digest = { type: 'string', pattern: '^[0-9a-f]{64}$', description: 'a SHA-256 of 64 digits, such as vcycle compile writes' };

/** All keys are required, except those named; no other keys. */
const record = (properties: Readonly<Record<string, object>>, optional: readonly string[] = []) => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((key) => !optional.includes(key)),
  additionalProperties: false,
});

const variant = (kind: string, properties: Readonly<Record<string, object>>, optional: readonly string[] = []) =>
  record({ kind: { const: kind }, ...properties }, optional);

const tagged = (...variants: readonly object[]) => ({
  type: 'object',
  discriminator: { propertyName: 'kind' },
  required: ['kind'],
  oneOf: variants,
});

const number = { type: 'number' };
const positive = { type: 'number', exclusiveMinimum: 0 };
const notNegative = { type: 'number', minimum: 0 };
const amountBounds = {
  'a number > 0': { exclusiveMinimum: 0 },
  'a number >= 0': { minimum: 0 },
  'a number > 0 and <= 1': { exclusiveMinimum: 0, maximum: 1 },
  'a number > 0 and < 1': { exclusiveMinimum: 0, exclusiveMaximum: 1 },
  'a number >= 0 and < 1': { minimum: 0, exclusiveMaximum: 1 },
} as const;
/** A number of a stage that need not be whole; `description` is the requirement in sentences of every form. */
const amount = (role: AmountRole) => ({ type: 'number', ...amountBounds[amounts[role]], description: amounts[role] });
const belowOne = { type: 'number', minimum: 0, exclusiveMaximum: 1 };

const clocked = { peak: positive, warmup: integer(0), clock: oneOf(['global', 'stage']), rewarm: integer(0) };
const learningRate = tagged(
  variant('constant', clocked, ['rewarm']),
  variant('cosine', { ...clocked, floor: notNegative }, ['rewarm']),
  variant('wsd', { ...clocked, floor: notNegative, decay: { type: 'number', exclusiveMinimum: 0, maximum: 1 } }, ['rewarm']),
);

const optimizerCommon = { learningRate, clip: notNegative, weightDecay: notNegative };

const sizes = { layers: integer(0, mostLayers), heads: integer(1), width: integer(1), context: integer(1), vocabulary: integer(1) };
const parametrised = {
  parametrisation: { ...oneOf(['completeP']), description: 'completeP, or left out for standard' },
  baseLayers: integer(1, mostLayers),
  baseWidth: integer(1),
};

const mayBeLeftOut = (properties: ModelProperties): readonly string[] =>
  Object.entries(properties).flatMap(([key, schema]) => ('default' in schema ? [key] : []));

/** A model of any known kind. */
export const modelSchema = () =>
  tagged(
    ...[...modelKinds].map(([kind, properties]) =>
      variant(kind, { ...sizes, ...parametrised, ...properties }, [
        'vocabulary',
        ...Object.keys(parametrised),
        ...mayBeLeftOut(properties),
      ]),
    ),
  );

const adam = { beta1: belowOne, beta2: belowOne, epsilon: positive };

/** As PyTorch's Muon has it. */
const mostIterations = 99;

const data = tagged(
  variant(
    'text',
    {
      source: text,
      tokenizer: text,
      field: text,
      heldOut: { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 },
      documents: { ...oneOf(['separate']), description: 'separate, or left out for joined' },
    },
    ['field', 'documents'],
  ),
  variant('tokens', { vocabulary: integer(1) }),
);

const setup = () =>
  record(
    {
      model: modelSchema(),
      data,
      optimizer: tagged(
        variant('sgd', { ...optimizerCommon, momentum: belowOne }),
        variant('adamw', { ...optimizerCommon, ...adam }),
        variant('muon', {
          ...optimizerCommon,
          momentum: belowOne,
          nesterov: { type: 'boolean' },
          coefficients: { type: 'array', items: number, minItems: 3, maxItems: 3, description: 'a list of three numbers, a, b and c' },
          iterations: integer(1, mostIterations),
          epsilon: positive,
          shapeFactor: oneOf(shapeFactors),
          rest: record({ rate: positive, ...adam }),
        }),
      ),
      batch: integer(1),
      accumulate: count('accumulate'),
      recompute: { ...oneOf(recomputations), description: 'activations or layers, or left out' },
      onSpike: record({ factor: positive, window: integer(2, mostSpikeWindow), back: integer(1) }),
      seed: { type: 'integer', minimum: 0, maximum: mostSeed },
      initial: tagged(variant('checkpoint', { path: text, digest }, ['digest'])),
      evaluation: record({ every: integer(0), batches: integer(1) }),
    },
    ['accumulate', 'recompute', 'onSpike', 'initial'],
  );

const moments = oneOf(optionValues.moments);
const tau = record({ batches: count('tau') });
const lineSearch = record({ tries: count('tries'), batches: count('batches') });
const fit = record({ steps: count('fit'), rate: amount('rate') });
const counters = oneOf(optionValues.counters);
const h = oneOf(optionValues.h);
const factor = count('factor');
// Shapes and bounds with sentences of their own are left to the verifier.
const matrix = { type: 'array', items: { type: 'array', items: number } };

const observed = tagged(variant('training', { window: count('window') }), variant('heldOut', {}));
const until = tagged(
  variant('plateau', { on: observed, patience: count('patience'), minDelta: amount('minDelta') }),
  variant('loss', { loss: amount('loss'), on: observed }),
  variant('tokens', { tokens: amount('tokens') }),
  variant('flops', { flops: amount('flops') }),
  variant('slopeBelow', { ratio: amount('ratio'), on: observed }),
);
const sharedLayers = oneOf(optionValues.sharedLayers);
const only = tagged(
  variant('new', { sharedLayers }),
  variant('layers', { layers: { type: 'array', items: count('layer') }, sharedLayers }),
);

const growths = Object.keys(growthCounts) as readonly GrowthKind[];
const growthVariant = (kind: GrowthKind) => variant(kind, { [growthCounts[kind]]: count(growthCounts[kind]) });

const pairing = {
  ...oneOf(optionValues.pairing.filter((word) => word !== 'neighbours')),
  description: 'halves, or left out for neighbours',
};

const width = variant('width', { factor, pairing }, ['pairing']);

const way = {
  ...oneOf(optionValues.way.filter((word) => word !== 'uneven')),
  description: 'copy or zero or random, or left out for uneven',
};

const simpleOperators = [
  variant('every', { factor, offset: count('offset') }),
  variant('average', { factor, pairing }, ['pairing']),
  variant('matrix', { restriction: matrix, prolongation: matrix }),
  width,
];

const stage = tagged(
  variant(
    'train',
    {
      steps: count('steps'),
      until,
      only,
      stochasticDepth: amount('stochasticDepth'),
      accumulate: count('accumulate'),
      batch: count('batch'),
      context: count('context'),
      learningRate,
      data,
      subnetwork: tagged(variant('random', { keep: amount('keep'), h })),
    },
    ['until', 'only', 'stochasticDepth', 'accumulate', 'batch', 'context', 'learningRate', 'data', 'subnetwork'],
  ),
  variant('evaluate', {}),
  variant(
    'restrict',
    {
      operator: tagged(
        ...simpleOperators,
        variant('compose', { operators: { type: 'array', minItems: 2, maxItems: mostComposed, items: tagged(...simpleOperators) } }),
      ),
      h,
      moments,
      counters,
      tau,
    },
    ['tau'],
  ),
  variant(
    'prolongate',
    {
      correction: tagged(variant('total', {}), variant('correction', { alpha: number }), variant('mix', { alpha: number })),
      mix: {},
      interpolation: oneOf(optionValues.interpolation),
      moments,
      counters,
      lineSearch,
      fit,
    },
    ['mix', 'lineSearch', 'fit'],
  ),
  variant('grow', { growth: tagged(...growths.map(growthVariant), width), way, h, moments, counters, fit, tau: {} }, ['way', 'fit', 'tau']),
  variant('repeat', { times: count('times'), stages: { $ref: '#/$defs/stages' } }),
  variant(
    'replicas',
    {
      replicas: count('replicas'),
      every: count('every'),
      rounds: count('rounds'),
      outer: tagged(variant('average', {}), variant('nesterov', { rate: amount('rate'), momentum: amount('momentum') })),
      stages: { type: 'array', minItems: 1, items: { $ref: '#/$defs/stage' }, description: 'a list of at least one stage' },
    },
    ['rounds'],
  ),
  variant('branch', {
    arms: { type: 'array', maxItems: mostArms, items: { type: 'array', items: { $ref: '#/$defs/stage' } } },
    shared: tagged(variant('average', {}), variant('last', {}), variant('weighted', { weights: { type: 'array', items: number } })),
  }),
);

/** JSON Schema, with OpenAPI's `discriminator`. */
export const scheduleSchema = () => ({
  $id: `vcycle-schedule-${SCHEDULE_VERSION}`,
  ...record({ version: { const: SCHEDULE_VERSION }, setup: setup(), stages: { $ref: '#/$defs/stages' } }),
  $defs: { stage, stages: { type: 'array', minItems: 1, items: { $ref: '#/$defs/stage' } } },
});
