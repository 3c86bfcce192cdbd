/**
 * The schema that the metadata of a checkpoint must satisfy to be trusted: its checksum proves that a file is as it was written, but not by whom. Not
 * here: whether it is a state of its run's schedule (`fits.ts`).
 */
import { byName, count, flag, list, number, optional, record, type Schema, text, words } from '../../record-schema.js';
import type { Transfer } from '../../transfer/operators.js';
import { flopsSchema, gridFields } from '../events/event-schema.js';
import type { Thrown } from '../events/events.js';
import type { ReturnPoint, SpikeMemory } from '../events/spike-memory.js';
import type { EndMemory, StageMemory } from '../events/stage-end.js';
import type { CheckpointPlace, SavedArm, SavedBranch, SavedLevel, Updates } from './saved-state.js';

/** In JSON's form. */
export type WrittenPlace = Omit<CheckpointPlace, 'good'> & { readonly good?: string };

const placeSchema = record<WrittenPlace>({
  scheduleHash: text,
  stage: count,
  phase: words('before', 'stepped', 'evaluated'),
  stageStep: count,
  step: count,
  thrown: optional(count),
  flops: flopsSchema,
  events: count,
  good: optional(text),
  validationLoss: optional(number),
});

const updatesSchema = byName(count);

/** The schedule contains it too, and takes precedence. */
const transfer: Schema<Transfer> = { json: { type: 'object' } };

const levelSchema = record<SavedLevel>({
  ...gridFields,
  origin: optional(
    record<NonNullable<SavedLevel['origin']>>({
      transfer,
      updates: updatesSchema,
      shared: words('none', 'own', 'earlier'),
      corrected: flag,
    }),
  ),
});

const armSchema = record<SavedArm>({ ...gridFields, updates: updatesSchema });

const stageMemorySchema = record<StageMemory>({
  level: count,
  flopsPerStep: number,
  losses: list(number),
  evaluations: list(record<StageMemory['evaluations'][number]>({ step: count, loss: number })),
  lowest: optional(number),
  stale: count,
  met: optional(record<NonNullable<StageMemory['met']>>({ end: words('plateau', 'loss', 'tokens', 'flops', 'slopeBelow'), step: count })),
});

const spikesSchema = record<SpikeMemory>({
  losses: list(number),
  returns: count,
  points: list(record<ReturnPoint>({ file: text, step: count, stageStep: count, losses: list(number), evaluations: count })),
  thrown: record<Thrown>({ steps: count, flops: flopsSchema, evaluationFlops: flopsSchema }),
});

/** The known entries of what stages remember. */
interface Memory {
  readonly ends?: EndMemory;
  readonly spikes?: SpikeMemory;
}

export interface Metadata {
  readonly place: WrittenPlace;
  readonly levels: readonly SavedLevel[];
  readonly updates: readonly Updates[];
  readonly branches: readonly SavedBranch[];
  readonly memory: Memory;
  readonly aliases: Readonly<Record<string, string>>;
}

export const metadataSchema = record<Metadata>({
  place: placeSchema,
  levels: list(levelSchema),
  updates: list(updatesSchema),
  branches: list(
    record<SavedBranch>({ start: armSchema, arms: list(armSchema), waiting: optional(list(armSchema)), momentum: optional(flag) }),
  ),
  memory: record<Memory>({
    ends: optional(record<EndMemory>({ here: optional(stageMemorySchema), elsewhere: optional(stageMemorySchema) })),
    spikes: optional(spikesSchema),
  }),
  aliases: byName(text),
});
