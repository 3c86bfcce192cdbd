/**
 * The schemas that each event, and the summary at a run's end, must satisfy to be trusted. Not here: their meaning (`events.ts`), files of them
 * (`folder/`).
 */
import type { PlannedWork } from '../../plan/planned-work.js';
import type { Flops } from '../../program/types/flops.js';
import { byName, count, list, moment, number, optional, record, type Schema, tagged, text, words } from '../../record-schema.js';
import type { Grid } from '../../schedule/grid.js';
import type { Schedule } from '../../schedule/schedule.js';
import type { NamedText } from '../../schedule/text/index.js';
import type {
  CheckpointPolicy,
  FitResult,
  Reused,
  RunEvent,
  RunOutcome,
  SavedNetwork,
  SearchResult,
  StagePlace,
  StageRecord,
  Thrown,
} from './events.js';

export const flopsSchema = record<Flops>({ matmul: number, softmax: number, elementwise: number, communicated: optional(number) });

/** The fields of a grid, for records that also contain others. */
export const gridFields = { level: count, layers: count, heads: count, width: count, h: number, loops: optional(count) };
export const levelSchema = record<Grid>(gridFields);

const searchSchema = record<SearchResult>({ alpha: number, tries: count });

const fitSchema = record<FitResult>({ steps: count, first: number, last: number, matrix: list(list(number)) });

const thrown = { steps: count, flops: flopsSchema, evaluationFlops: flopsSchema };

const place = {
  ...gridFields,
  index: count,
  op: text,
  kind: words('train', 'evaluate', 'restrict', 'prolongate', 'grow', 'arm', 'merge'),
  branches: count,
  steps: count,
};

export const stageRecordSchema = record<StageRecord>({
  ...place,
  stepsRun: count,
  endedBy: optional(words('plateau', 'loss', 'tokens', 'flops', 'slopeBelow', 'atMost')),
  tokens: count,
  planned: flopsSchema,
  counted: flopsSchema,
  thrown: optional(record<NonNullable<StageRecord['thrown']>>({ ...thrown, returns: count })),
  search: optional(searchSchema),
  fit: optional(fitSchema),
  evaluations: count,
  evaluationFlops: flopsSchema,
  trainingLoss: optional(number),
  validationLoss: optional(number),
  seconds: number,
});

export const outcomeSchema = tagged<RunOutcome>({
  finished: {},
  interrupted: { stage: count, step: count },
  diverged: { stage: count, step: count, found: text, message: text },
  failed: { message: text },
});

export const networkSchema = record<SavedNetwork>({ ...gridFields, step: count, validationLoss: optional(number) });

/** Whether it has this version is checked by `decode`. */
const schedule: Schema<Schedule> = { json: { type: 'object' } };

const yes: Schema<true> = { json: { const: true } };
const machine = {
  backend: text,
  device: text,
  versions: byName(text),
  precision: optional(words('f32', 'f64', 'bf16')),
  compiled: optional(yes),
  ranks: optional(count),
  armsAtOnce: optional(yes),
  conditions: optional(text),
};
const time = { time: moment };

export const eventSchema = tagged<RunEvent>({
  'run-started': {
    ...time,
    ...machine,
    schedule,
    named: optional(record<NamedText>({ text, values: byName(number) })),
    dataDigest: optional(text),
    bytesPerToken: optional(number),
    stages: list(record<StagePlace>(place)),
    work: optional(list(record<PlannedWork>({ flops: number, least: optional(number) }))),
    reused: optional(record<Reused>({ run: text, stages: count, step: count, flops: number, seconds: number })),
    steps: count,
    checkpoints: record<CheckpointPolicy>({ every: count, keep: count }),
  },
  'run-resumed': {
    ...time,
    ...machine,
    checkpoint: optional(text),
    passedOver: list(record<{ readonly file: string; readonly reason: string }>({ file: text, reason: text })),
    stage: count,
    step: count,
    flops: number,
    resumes: count,
  },
  'stage-started': { ...time, stage: record<StagePlace>(place) },
  step: {
    ...time,
    stage: count,
    level: count,
    step: count,
    stageStep: count,
    loss: number,
    learningRate: number,
    gradientNorm: number,
    tokens: count,
    flops: number,
    seconds: number,
  },
  evaluated: {
    ...time,
    stage: count,
    level: count,
    step: count,
    loss: number,
    trainingFlops: number,
    flops: flopsSchema,
    seconds: number,
  },
  spiked: {
    ...time,
    stage: count,
    level: count,
    loss: optional(number),
    limit: optional(number),
    found: optional(text),
    refused: optional(yes),
    step: count,
    to: count,
    thrown: record<Thrown>(thrown),
    returns: count,
  },
  transferred: {
    ...time,
    stage: count,
    from: levelSchema,
    to: levelSchema,
    flops: flopsSchema,
    search: optional(searchSchema),
    fit: optional(fitSchema),
    seconds: number,
  },
  checkpointed: { ...time, step: count, file: text },
  'stage-ended': { ...time, record: stageRecordSchema },
  'run-ended': { ...time, outcome: outcomeSchema, model: optional(networkSchema), seconds: number },
});
