/**
 * The JSON Schema of a schedule: which keys, which types, and every bound of a single number. Data only. Not here: what ajv's findings are
 * called in sentences (`schema.ts`), and what needs more than one value to see (`verify.ts`).
 */
import { leastCount, mostCount, mostSeed, mostTries } from './counts.js';
import { type GrowthKind, growthCounts } from './growth.js';
import { SCHEDULE_VERSION } from './schedule.js';
import { optionValues } from './text/option-words.js';

const integer = (minimum: number) => ({ type: 'integer', minimum, maximum: mostCount });
const oneOf = (values: readonly string[]) => ({ type: 'string', enum: values });
const text = { type: 'string', minLength: 1 };

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

const positive = { type: 'number', exclusiveMinimum: 0 };
const notNegative = { type: 'number', minimum: 0 };
const belowOne = { type: 'number', minimum: 0, exclusiveMaximum: 1 };

const clocked = { peak: positive, warmup: integer(0), clock: oneOf(['global', 'stage']), rewarm: integer(0) };
const learningRate = tagged(
  variant('constant', clocked, ['rewarm']),
  variant('cosine', { ...clocked, floor: notNegative }, ['rewarm']),
  variant('wsd', { ...clocked, floor: notNegative, decay: { type: 'number', exclusiveMinimum: 0, maximum: 1 } }, ['rewarm']),
);

const optimizerCommon = { learningRate, clip: notNegative, weightDecay: notNegative };

const setup = record({
  model: {
    ...record(
      {
        kind: { const: 'gpt' },
        layers: integer(0),
        heads: integer(1),
        width: integer(1),
        context: integer(1),
        bias: { type: 'boolean' },
        vocabulary: integer(1),
      },
      ['vocabulary'],
    ),
  },
  data: tagged(
    variant('text', {
      source: text,
      tokenizer: oneOf(['characters']),
      heldOut: { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 },
    }),
    variant('tokens', { vocabulary: integer(1) }),
  ),
  optimizer: tagged(
    variant('sgd', { ...optimizerCommon, momentum: belowOne }),
    variant('adamw', { ...optimizerCommon, beta1: belowOne, beta2: belowOne, epsilon: positive }),
  ),
  batch: integer(1),
  seed: { type: 'integer', minimum: 0, maximum: mostSeed },
  evaluation: record({ every: integer(0), batches: integer(1) }),
});

const moments = oneOf(optionValues.moments);
const tau = record({ batches: integer(leastCount.tau) });
const lineSearch = record({ tries: { ...integer(leastCount.tries), maximum: mostTries }, batches: integer(leastCount.batches) });
const counters = oneOf(optionValues.counters);
const h = oneOf(optionValues.h);
const factor = integer(leastCount.factor);
// Shapes and bounds that sentences of their own are about are left to the verifier.
const number = { type: 'number' };
const matrix = { type: 'array', items: { type: 'array', items: number } };

const observed = tagged(variant('training', { window: integer(leastCount.window) }), variant('heldOut', {}));
const until = tagged(
  variant('plateau', { on: observed, patience: integer(leastCount.patience), minDelta: notNegative }),
  variant('loss', { loss: positive, on: observed }),
  variant('tokens', { tokens: positive }),
  variant('flops', { flops: positive }),
  variant('slopeBelow', { ratio: positive, on: observed }),
);
const sharedLayers = oneOf(optionValues.sharedLayers);
const only = tagged(
  variant('new', { sharedLayers }),
  variant('layers', { layers: { type: 'array', items: integer(leastCount.layer) }, sharedLayers }),
);

const growths = Object.keys(growthCounts) as readonly GrowthKind[];
const growthVariant = (kind: GrowthKind) => variant(kind, { [growthCounts[kind]]: integer(leastCount[growthCounts[kind]]) });

const simpleOperators = [
  variant('every', { factor, offset: integer(leastCount.offset) }),
  variant('average', { factor }),
  variant('matrix', { restriction: matrix, prolongation: matrix }),
  variant('width', { factor }),
];

const stage = tagged(
  variant(
    'train',
    { steps: integer(leastCount.steps), until, only, stochasticDepth: { type: 'number', exclusiveMinimum: 0, maximum: 1 } },
    ['until', 'only', 'stochasticDepth'],
  ),
  variant(
    'restrict',
    {
      operator: tagged(
        ...simpleOperators,
        variant('compose', { operators: { type: 'array', minItems: 2, items: tagged(...simpleOperators) } }),
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
      correction: tagged(variant('total', {}), variant('correction', { alpha: number })),
      interpolation: oneOf(optionValues.interpolation),
      moments,
      counters,
      lineSearch,
    },
    ['lineSearch'],
  ),
  variant('grow', { growth: tagged(...growths.map(growthVariant)), h, moments, counters, tau: {} }, ['tau']),
  variant('repeat', { times: integer(leastCount.times), stages: { $ref: '#/$defs/stages' } }),
  variant('branch', {
    arms: { type: 'array', items: { type: 'array', items: { $ref: '#/$defs/stage' } } },
    shared: tagged(variant('average', {}), variant('last', {}), variant('weighted', { weights: { type: 'array', items: number } })),
  }),
);

/** JSON Schema, with OpenAPI's `discriminator`. */
export const scheduleSchema = {
  $id: `vcycle-schedule-${SCHEDULE_VERSION}`,
  ...record({ version: { const: SCHEDULE_VERSION }, setup, stages: { $ref: '#/$defs/stages' } }),
  $defs: { stage, stages: { type: 'array', minItems: 1, items: { $ref: '#/$defs/stage' } } },
};
