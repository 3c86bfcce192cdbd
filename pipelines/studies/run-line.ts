/**
 * One run of a study as one JSON line: a summary of its events.
 */
import { print, type RunEvent, type Schedule, scheduleHash } from 'vcycle';

export interface RunLine {
  readonly arm: string;
  readonly seed: number;
  readonly stages: string;
  readonly scheduleHash: string;
  readonly dataDigest: string;
  readonly backend: string;
  readonly outcome: string;
  /** Validation loss of the saved network, in nats per token. */
  readonly loss: number;
  /** FLOPs of training and transfers. */
  readonly flops: number;
  readonly evaluations: readonly LookLine[];
  /** For each transfer: the step, the new level, the training losses of the steps before and after it (each before its update). */
  readonly transfers: readonly Transferred[];
  readonly seconds: number;
}

/** One evaluation. Lines of earlier versions do not have the layers. */
export type LookLine = readonly [step: number, level: number, flops: number, loss: number, layers?: number];

export interface Transferred {
  readonly step: number;
  readonly level: number;
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** The number of steps on each side of a transfer whose losses are kept. */
const WINDOW = 50;

const rounded = (value: number): number => Number(value.toFixed(5));

type Heading = Pick<RunLine, 'arm' | 'seed' | 'outcome' | 'seconds'> & { readonly schedule: Schedule };

/** Records one run. */
export class Recorder {
  readonly #losses: number[] = [];
  readonly #evaluations: LookLine[] = [];
  readonly #transfers: { readonly step: number; readonly level: number }[] = [];
  #flops = 0;
  #loss = Number.NaN;
  #layers: readonly number[] = [];
  #backend = '';
  #digest = '';

  readonly listen = (event: RunEvent): void => {
    if (event.kind === 'run-started') {
      this.#backend = `${event.backend} (${Object.entries(event.versions).flat().join(' ')})`;
      this.#digest = event.dataDigest ?? '';
      this.#layers = event.stages.map(({ layers }) => layers);
    }
    if (event.kind === 'step') {
      this.#losses.push(rounded(event.loss));
      this.#flops = event.flops;
    }
    if (event.kind === 'evaluated') {
      const { stage, step, level, trainingFlops, loss } = event;
      this.#evaluations.push([step, level, trainingFlops, rounded(loss), this.#layers[stage] ?? 0]);
      this.#flops = trainingFlops;
    }
    if (event.kind === 'run-ended') this.#loss = rounded(event.model?.validationLoss ?? Number.NaN);
    if (event.kind === 'transferred') this.#transfers.push({ step: this.#losses.length, level: event.to.level });
  };

  line({ schedule, ...heading }: Heading): RunLine {
    return {
      ...heading,
      stages: print(schedule.stages),
      scheduleHash: scheduleHash(schedule),
      dataDigest: this.#digest,
      backend: this.#backend,
      loss: this.#loss,
      flops: this.#flops,
      evaluations: this.#evaluations,
      transfers: this.#transfers.map(({ step, level }) => ({
        step,
        level,
        before: this.#losses.slice(Math.max(0, step - WINDOW), step),
        after: this.#losses.slice(step, step + WINDOW),
      })),
      seconds: Math.round(heading.seconds),
    };
  }
}
