/**
 * The loss that a run reports on held-out text, and the network that it belongs to: for a run that has ended, the network that it saved; for a run in
 * progress, the one evaluated last. Pure functions. Not here: measuring it (`src/runner/run.ts`), showing it.
 */
import { bitsPerByte } from '../../data/bytes-per-token.js';
import type { EventOf, RunOutcome, SavedNetwork } from '../../runner/events/events.js';
import { firstGrid, type Grid, gridOf } from '../../schedule/grid.js';
import { walk } from '../../schedule/walk/walk.js';
import { evaluatedAtEnd } from '../../schedule/walk/when-evaluated.js';
import { loss } from '../table/format.js';
import { layersPhrase } from '../table/layers.js';
import type { RunRecord } from './run-record.js';

export interface Figure {
  readonly network: Grid;
  /** The number of training steps before it. */
  readonly step: number;
  /** Nats per token; undefined if that network was not evaluated. */
  readonly validation?: number;
  /** The same in bits per byte of text, which is comparable across tokenizers; undefined if the run has no text. */
  readonly bitsPerByte?: number;
  /** Why a finished run has no loss: its last evaluation belongs to another network. */
  readonly missing?: string;
}

/** The events that determine it. */
export interface FigureEvents {
  readonly started: EventOf<'run-started'>;
  /** The last evaluation. */
  readonly evaluated?: EventOf<'evaluated'> | undefined;
  /** Absent if the run is in progress or crashed. */
  readonly ended?: { readonly outcome: Pick<RunOutcome, 'kind'>; readonly model?: SavedNetwork } | undefined;
}

const networkPhrase = (grid: Grid): string => `${layersPhrase(grid)} on level ${grid.level}`;

/** For runs of earlier versions, which did not evaluate the network after a final transfer. */
const ofEarlierVersion = ({ started: { schedule, stages }, evaluated }: FigureEvents, network: Grid): Figure => {
  const step = evaluated?.step ?? 0;
  if (evaluatedAtEnd(walk(schedule)) === undefined)
    return { network, step, ...(evaluated === undefined ? {} : { validation: evaluated.loss }) };
  const place = stages[evaluated?.stage ?? -1];
  const other =
    evaluated === undefined || place === undefined ? '' : ` (its last evaluation, ${loss(evaluated.loss)}, is of ${networkPhrase(place)})`;
  const missing = `an earlier version of vcycle saved a network of ${networkPhrase(network)} and did not evaluate it${other}; remove its summary.json and resume it, which does`;
  return { network, step, missing };
};

/** @returns undefined for a run without stages, whose network is not known. */
export const figureOf = (told: FigureEvents): Figure | undefined => {
  const figure = inNats(told);
  const { bytesPerToken } = told.started;
  return figure?.validation === undefined || bytesPerToken === undefined
    ? figure
    : { ...figure, bitsPerByte: bitsPerByte(figure.validation, bytesPerToken) };
};

const inNats = (told: FigureEvents): Figure | undefined => {
  const { started, evaluated, ended } = told;
  if (ended?.model !== undefined) {
    const { validationLoss, step } = ended.model;
    return { network: gridOf(ended.model), step, ...(validationLoss === undefined ? {} : { validation: validationLoss }) };
  }
  const last = started.stages.at(-1);
  if (ended?.outcome.kind === 'finished' && last !== undefined) return ofEarlierVersion(told, gridOf(last));
  const place = started.stages[evaluated?.stage ?? 0];
  if (place === undefined) return undefined;
  // A run that ended without a model has no loss; a run in progress has that of its last evaluation.
  const known = ended === undefined && evaluated !== undefined ? { validation: evaluated.loss } : {};
  return {
    network: evaluated === undefined ? firstGrid(started.schedule.setup.model) : gridOf(place),
    step: evaluated?.step ?? 0,
    ...known,
  };
};

/** The same from a run's records. */
export const figureOfRecord = ({ started, evaluations, ended }: RunRecord): Figure | undefined =>
  figureOf({ started, evaluated: evaluations.at(-1), ended });
