/**
 * States kept after stages, for runs that begin with the same stages: the contract of a place for them, and their addresses. A state is a pure function
 * of what led to it, so that its address is a digest of that: equal addresses, equal bits. Not here: such a place (`src/store/states-folder.ts`), how a
 * run begins with one (`../reuse.ts`).
 */

import type { Either } from 'fp-ts/lib/Either.js';
import { arithmeticOf, type Backend } from '../../backend.js';
import type { Bytes } from '../../byte-pieces.js';
import { checksum } from '../../data/checksum.js';
import type { Dataset } from '../../data/dataset.js';
import type { SizedModel } from '../../model/family.js';
import type { Plan } from '../../plan/plan.js';
import { jsonDigest } from '../../schedule/json/canonical.js';
import type { DataSource, Schedule } from '../../schedule/schedule.js';
import { rateAt } from '../../schedule/walk/learning-rate.js';
import { settingsOf } from '../../schedule/walk/step-settings.js';
import { resolve } from '../../transfer/resolve.js';
import type { ResolvedVisit } from '../../transfer/resolved.js';
import { lossesKeptBy } from '../events/stage-end.js';
import { datasetOf } from './stage-data.js';

export interface KeptState {
  /** A checkpoint file (`../checkpoints/checkpoint.ts`), of the end of a training stage. */
  readonly checkpoint: Bytes;
  /** The lines of `events.jsonl` up to it. */
  readonly events: Uint8Array;
  /** The folder of the run that trained it. */
  readonly run: string;
}

export interface KeptStates {
  /** What determines a run's bits besides its schedule, data and backend: the version of vcycle, the machine. */
  readonly facts: readonly string[];
  /** Whether runs begin with kept states; otherwise they only keep theirs. */
  readonly reuse: boolean;
  /** The number of stages of which a run may reuse at most so many, and all training; it is refused where their state is not kept. Absent: as many as are there. */
  readonly exactly?: number;
  /** Undefined: no such state is kept. Left: it is damaged, and why; it is then no longer kept. */
  find(address: string): Either<string, KeptState | undefined>;
  /** Left: why it could not be kept. */
  keep(address: string, state: () => Either<string, KeptState>): Either<string, void>;
  /** Receives, as a run begins or continues, the addresses of the states that it will reach by training. */
  ahead?(addresses: readonly string[]): void;
  /** Receives what a user should know, in a sentence. */
  tell(sentence: string): void;
}

/** What a run's states depend on. */
export interface Led {
  readonly schedule: Schedule;
  readonly model: SizedModel;
  readonly dataset: Dataset;
  readonly plan: Plan;
  readonly backend: Pick<Backend, 'name' | 'capabilities'>;
}

/** The text's own name does not count, only its content. */
const contentOf = (source: DataSource, dataset: Dataset): unknown =>
  source.kind === 'text' ? { ...source, source: dataset.kind === 'text' ? dataset.digest : '' } : source;

/** What computes, as far as it determines bits. */
const computes = ({ backend: { name, capabilities } }: Pick<Led, 'backend'>): unknown => ({
  name,
  device: capabilities.device,
  versions: capabilities.versions,
  ...arithmeticOf(capabilities),
});

/**
 * A digest of what determines a run's bits besides its schedule and data. A run that was continued under other conditions has states that neither are
 * those of the one nor of the other.
 */
export const conditionsOf = (led: Pick<Led, 'backend'>, facts: readonly string[]): string => jsonDigest([facts, computes(led)]);

/** What the first step depends on. */
const beginning = (led: Led, visits: readonly ResolvedVisit[], facts: readonly string[]): unknown => {
  const { schedule, model, dataset } = led;
  const { data: _, optimizer, ...setup } = schedule.setup;
  // The rate is that of each stage.
  const { learningRate: __, ...rule } = optimizer;
  return {
    facts,
    backend: computes(led),
    setup: { ...setup, model, data: contentOf(schedule.setup.data, dataset), optimizer: rule },
    // Losses that stages remember for the ends of later ones.
    lossesKept: lossesKeptBy(visits),
  };
};

/** A digest of the rates of a training stage, step by step: how its curve continues after it does not count. */
const ratesOf = (visit: ResolvedVisit, { schedule, plan }: Led): string | undefined => {
  const { stage } = visit;
  if (stage.kind !== 'train') return undefined;
  const { learningRate } = settingsOf(stage, schedule.setup);
  const place = { ...visit, steps: stage.steps };
  const rates = Float64Array.from({ length: stage.steps }, (_, step) => rateAt(learningRate, place, step, plan.clock));
  return checksum(new Uint8Array(rates.buffer));
};

/** A stage without its rate, which `ratesOf` has, and with the content of its data in place of their name. */
const withContent = (stage: ResolvedVisit['stage'], { dataset }: Led): unknown => {
  if (stage.kind !== 'train') return stage;
  const { learningRate: _, data, ...how } = stage;
  return data === undefined ? how : { ...how, data: contentOf(data, datasetOf(stage, dataset)) };
};

/** What a stage costs; what the finest network of the pipeline would have cost in its place depends on stages after it, such as growth. */
const costOf = (visit: ResolvedVisit, { plan }: Led): unknown => {
  const { finePerStep: _, ...own } = plan.stages[visit.index] ?? {};
  return own;
};

/**
 * @returns by the index of each training stage, the address of the state at its end.
 */
export const stateAddresses = (led: Led, facts: readonly string[]): ReadonlyMap<number, string> => {
  const addresses = new Map<number, string>();
  const visits = resolve(led.schedule);
  let address = jsonDigest(beginning(led, visits, facts));
  for (const visit of visits) {
    // Where a stage is written does not count: repeat(2, a) and a >> a are the same.
    const { at: _, stage, ...place } = visit;
    address = jsonDigest([address, { stage: withContent(stage, led), place, rates: ratesOf(visit, led), planned: costOf(visit, led) }]);
    if (visit.stage.kind === 'train') addresses.set(visit.index, address);
  }
  return addresses;
};
