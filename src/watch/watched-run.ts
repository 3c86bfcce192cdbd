/**
 * One watched run: follows its `events.jsonl` and produces messages. Reads only the run folder. Not here: which runs, and who receives the
 * messages (`watch-server.ts`).
 */

import { basename } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { Folder } from '../files/folder.js';
import { type CyclePath, type RunPlace, workAt } from '../report/cycle/cycle-path.js';
import { backendLine } from '../report/plan/backend-line.js';
import { figureOf } from '../report/run/figure.js';
import type { EventOf, RunEvent } from '../runner/events/events.js';
import { readLine, readStart } from '../runner/folder/read-events.js';
import { RUN_FILES } from '../runner/folder/run-folder.js';
import { isBeingWritten } from '../runner/folder/run-lock.js';
import { depthOf } from '../schedule/grid.js';
import { print } from '../schedule/text/index.js';
import { labelOf } from '../sweep/job.js';
import { jobIn } from '../sweep/manifest.js';
import { messageOf } from '../thrown.js';
import type { Point, Progress, WatchedFigure, WatchedRun, WatchedStage, WatchedStatus, WatchMessage } from './messages.js';
import { Tail } from './tail.js';
import { pathOf, watchedCycle } from './watched-cycle.js';

/** Curves with more points are thinned: no screen shows more. */
const MOST_POINTS = 5000;

const thinned = (points: readonly Point[]): readonly Point[] => {
  const stride = Math.ceil(points.length / MOST_POINTS);
  return stride <= 1 ? points : points.filter((_, index) => index % stride === 0 || index === points.length - 1);
};

/** The result of reading the file: how much was known before, and the present run. */
interface FileUpdate {
  readonly known: boolean;
  readonly training: number;
  readonly validation: number;
  /** Number of new lines. */
  readonly lines: number;
  readonly status: WatchedStatus;
}

/** The content of the file so far; discarded when the file is rewritten. */
class Heard {
  run: WatchedRun | undefined;
  readonly training: Point[] = [];
  readonly validation: Point[] = [];
  stages: readonly WatchedStage[] = [];
  started: EventOf<'run-started'> | undefined;
  /** Those of states that the run did not return from. */
  evaluations: EventOf<'evaluated'>[] = [];
  spikes: EventOf<'spiked'>[] = [];
  ended: EventOf<'run-ended'> | undefined;
  resumes = 0;
  tokensPerSecond = 0;
  path: CyclePath | undefined;
  place: RunPlace = { stage: 0, share: 0 };
  step = 0;
  flops = 0;
  lines = 0;
  /** What is wrong with a line. */
  damage: string | undefined;
}

export class FollowedRun {
  readonly #tail: Tail;
  /** Users know a comparison's job by its arm and seed, not by the id in its folder's name. */
  readonly #name: string;
  #heard = new Heard();
  /** The status sent last. */
  #said: WatchedStatus | undefined;
  /** Why the run cannot be read, if it cannot. */
  #complaint: string | undefined;

  constructor(
    private readonly id: number,
    private readonly folder: Folder,
  ) {
    this.#tail = new Tail(folder.files, folder.pathOf(RUN_FILES.events));
    const job = jobIn(folder);
    this.#name = job === undefined ? basename(folder.path) : labelOf(job);
  }

  /** The complete state of the run, for a new browser. */
  whole(): WatchMessage | undefined {
    if (this.#complaint !== undefined) return { kind: 'unreadable', id: this.id, name: this.#name, reason: this.#complaint };
    if (this.#heard.run === undefined) return undefined;
    return { kind: 'run', run: this.#heard.run, progress: this.#progress(thinned(this.#heard.training), thinned(this.#heard.validation)) };
  }

  /** The changes since the last call; undefined if there are none. Any fault of the folder is reported once. */
  poll(): WatchMessage | undefined {
    const before = this.#complaint;
    const read = E.tryCatch(() => this.#read(), messageOf);
    this.#complaint = E.isLeft(read) ? read.left : this.#heard.damage;
    if (this.#complaint !== undefined) return this.#complaint === before ? undefined : this.whole();
    return E.isLeft(read) ? undefined : this.#told(read.right, before !== undefined);
  }

  /** Reads new lines. After a line that is not an event, all further lines are ignored until the file is rewritten. */
  #read(): FileUpdate {
    const { restarted, lines } = this.#tail.read();
    if (restarted) this.#heard = new Heard();
    const known = this.#heard.run !== undefined;
    const [training, validation] = [this.#heard.training.length, this.#heard.validation.length];
    for (const line of this.#heard.damage === undefined ? lines : []) {
      this.#heard.lines += 1;
      const event = this.#heard.lines === 1 ? readStart(line) : readLine(line, this.#heard.lines);
      if (E.isRight(event)) this.#take(event.right);
      else {
        this.#heard.damage = event.left.message;
        break;
      }
    }
    return { known, training, validation, lines: lines.length, status: this.#status() };
  }

  #told({ known, training, validation, lines, status }: FileUpdate, wasUnreadable: boolean): WatchMessage | undefined {
    if (this.#heard.run === undefined || (lines === 0 && status === this.#said && !wasUnreadable)) return undefined;
    this.#said = status;
    if (!known || wasUnreadable) return this.whole();
    return { kind: 'progress', progress: this.#progress(this.#heard.training.slice(training), this.#heard.validation.slice(validation)) };
  }

  #status(): WatchedStatus {
    return this.#heard.ended?.outcome.kind ?? (isBeingWritten(this.folder) ? 'running' : 'crashed');
  }

  #figure(): WatchedFigure | undefined {
    const started = this.#heard.started;
    if (started === undefined) return undefined;
    const figure = figureOf({ started, evaluated: this.#heard.evaluations.at(-1), ended: this.#heard.ended });
    if (figure === undefined) return undefined;
    const { network, step, ...rest } = figure;
    return { ...rest, step: step - this.#thrownBefore(step), level: network.level, layers: depthOf(network) };
  }

  /** Of the steps taken up to one that the run did not return from, those that were thrown away. */
  #thrownBefore(taken: number): number {
    return this.#heard.spikes.reduce((sum, { step, thrown }) => sum + (step < taken ? thrown.steps : 0), 0);
  }

  #progress(training: readonly Point[], validation: readonly Point[]): Progress {
    return {
      id: this.id,
      training,
      validation,
      stages: this.#heard.stages,
      status: this.#status(),
      ...(this.#heard.path === undefined
        ? {}
        : { place: workAt(this.#heard.path, this.#heard.place) / Math.max(1, this.#heard.path.work) }),
      figure: this.#figure(),
      resumes: this.#heard.resumes,
      returns: this.#heard.spikes.length,
      thrownSteps: this.#thrownBefore(Number.POSITIVE_INFINITY),
      tokensPerSecond: this.#heard.tokensPerSecond,
    };
  }

  #take(event: RunEvent): void {
    const heard = this.#heard;
    if (event.kind === 'run-started') {
      const { schedule, steps, stages } = event;
      const backend = backendLine(event.backend, event);
      const pipeline = print(schedule.stages);
      heard.started = event;
      heard.path = pathOf(event);
      const cycle = heard.path === undefined ? {} : { cycle: watchedCycle(heard.path) };
      heard.run = { id: this.id, name: this.#name, pipeline, backend, steps, stageCount: stages.length, ...cycle };
    } else if (event.kind === 'stage-started') {
      const { index, op, level, steps } = event.stage;
      const layers = depthOf(event.stage);
      heard.place = { stage: index, share: 0 };
      heard.stages = [
        ...heard.stages,
        { op, level, layers, steps, firstStep: heard.step, firstFlops: heard.flops, thrownSteps: 0, done: false },
      ];
    } else if (event.kind === 'step') {
      heard.step = event.step;
      heard.place = { stage: event.stage, share: event.stageStep / Math.max(1, heard.stages.at(-1)?.steps ?? 1) };
      heard.flops = event.flops;
      heard.tokensPerSecond = event.seconds > 0 ? event.tokens / event.seconds : 0;
      heard.training.push([event.step, event.flops, event.loss]);
    } else if (event.kind === 'evaluated') {
      heard.evaluations.push(event);
      heard.validation.push([event.step, event.trainingFlops, event.loss]);
    } else if (event.kind === 'spiked') {
      heard.spikes.push(event);
      heard.step = event.step;
      heard.evaluations = heard.evaluations.filter(({ step }) => step <= event.to);
      heard.stages = heard.stages.map((stage, index) =>
        index === heard.stages.length - 1 ? { ...stage, thrownSteps: stage.thrownSteps + event.thrown.steps } : stage,
      );
    } else if (event.kind === 'stage-ended') {
      const { index, steps, stepsRun, endedBy } = event.record;
      // A stage that was stopped stays where it was.
      if (endedBy === undefined && stepsRun < steps) return;
      heard.place = { stage: index, share: 1 };
      heard.stages = heard.stages.map((stage, at) => (at === heard.stages.length - 1 ? { ...stage, done: true } : stage));
    } else if (event.kind === 'run-resumed') heard.resumes = event.resumes;
    else if (event.kind === 'run-ended') heard.ended = event;
  }
}
