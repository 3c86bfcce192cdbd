/**
 * The runner: a stage machine that walks a schedule on a backend and says what happens in events. It names no backend, draws no
 * batch of its own and prints nothing.
 */
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import { match } from 'ts-pattern';
import type { Backend, BackendError } from '../backend.js';
import { heldOutBatch, trainingBatch } from '../data/batches.js';
import type { Dataset } from '../data/dataset.js';
import { type Fault, inputFault, runFault } from '../fault.js';
import type { SizedModel } from '../model/parameters.js';
import { addFlops, type Flops, noFlops } from '../program/flops.js';
import { isEvaluated } from '../schedule/evaluation.js';
import { canonicalJson, scheduleHash } from '../schedule/json.js';
import { clockAt, learningRateAt } from '../schedule/learning-rate.js';
import type { Plan } from '../schedule/plan.js';
import type { Schedule, TrainStage } from '../schedule/schedule.js';
import { type Visit, walk } from '../schedule/walk.js';
import type { RunEvent, RunOutcome, StagePlace, StageRecord } from './events.js';
import { LevelStack } from './level-stack.js';
import { planSchedule, sizedModel } from './plan-schedule.js';
import { RunPrograms } from './programs-of-run.js';
import { RUN_FILES, RunFolder } from './run-folder.js';
import { writeCheckpoint, writeModel, writeModelOfCheckpoint } from './snapshot.js';
import { Trainer } from './trainer.js';

export interface RunOptions {
  readonly backend: Backend;
  /** Made by the run; must not hold a run already. */
  readonly folder: string;
  readonly listeners: readonly ((event: RunEvent) => void)[];
  /** Aborted: the step under way is finished, then the run stops with what it has. */
  readonly signal?: AbortSignal;
}

export interface RunSummary {
  readonly outcome: RunOutcome;
  readonly folder: string;
  readonly stages: readonly StageRecord[];
  readonly plan: Plan;
  readonly seconds: number;
}

/** An event before its time is stamped; distributes over the union. */
type Untimed<T> = T extends unknown ? Omit<T, 'time'> : never;

/** What ends a run before its schedule does. */
type Stop = Exclude<RunOutcome, { kind: 'finished' }>;

/** Steps over which a stage's training loss is averaged. */
const LOSS_WINDOW = 50;

const asFault = ({ kind, message }: BackendError): Fault => (kind === 'failed' ? runFault(message) : inputFault(message));

const placeOf = ({ index, op, stage, level, layers, h }: Visit): StagePlace => ({
  index,
  op,
  kind: stage.kind,
  level,
  layers,
  h,
  steps: stage.kind === 'train' ? stage.steps : 0,
});

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

class Run {
  readonly records: StageRecord[] = [];
  readonly #programs: RunPrograms;
  readonly #started = performance.now();
  /** FLOPs of training and transfers so far. */
  #flops: Flops = noFlops;
  #step = 0;
  #stageStep = 0;
  /** The newest checkpoint; its state had a finite loss. */
  #goodCheckpoint: string | undefined;

  constructor(
    private readonly schedule: Schedule,
    private readonly model: SizedModel,
    private readonly dataset: Dataset,
    readonly plan: Plan,
    private readonly folder: RunFolder,
    private readonly stack: LevelStack,
    private readonly options: RunOptions,
  ) {
    this.#programs = new RunPrograms(options.backend, model, schedule.setup);
  }

  #emit(event: Untimed<RunEvent>): void {
    const timed = { time: Date.now(), ...event } as RunEvent;
    // A write that fails is kept in the folder and ends the run after this step.
    this.folder.append(timed);
    for (const listener of this.options.listeners) listener(timed);
  }

  #seconds(since = this.#started): number {
    return (performance.now() - since) / 1000;
  }

  async execute(): Promise<RunOutcome> {
    const { backend } = this.options;
    const visits = walk(this.schedule);
    this.#emit({
      kind: 'run-started',
      backend: backend.name,
      device: backend.capabilities.device,
      versions: backend.capabilities.versions,
      schedule: this.schedule,
      stages: visits.map(placeOf),
      steps: this.plan.steps,
    });
    // The first checkpoint is the state before any training: a run that diverges early has something good to fall back on.
    let stop = await this.#checkpoint(0);
    for (const visit of visits) stop ??= await this.#stage(visit);
    let outcome: RunOutcome = stop ?? { kind: 'finished' };
    this.#programs.dispose();
    const { finest } = this.stack;
    const saved =
      outcome.kind === 'diverged' && this.#goodCheckpoint !== undefined
        ? writeModelOfCheckpoint(this.folder, this.#goodCheckpoint, finest, this.model, this.dataset)
        : await writeModel(this.folder, backend, finest, this.model, this.dataset);
    if (E.isLeft(saved) && outcome.kind === 'finished') outcome = { kind: 'failed', message: saved.left.message };
    this.#emit({ kind: 'run-ended', outcome, seconds: this.#seconds() });
    return outcome;
  }

  async #stage(visit: Visit): Promise<Stop | undefined> {
    this.#emit({ kind: 'stage-started', stage: placeOf(visit) });
    this.#stageStep = 0;
    const { stage } = visit;
    const stop = stage.kind === 'train' ? await this.#train(visit, stage) : await this.#transfer(visit);
    return stop ?? (this.folder.failure && { kind: 'failed', message: this.folder.failure.message });
  }

  async #checkpoint(stage: number): Promise<Stop | undefined> {
    const place = { scheduleHash: scheduleHash(this.schedule), stage, stageStep: this.#stageStep, step: this.#step };
    const written = await writeCheckpoint(this.folder, this.options.backend, this.stack.finest, place);
    if (E.isLeft(written)) return { kind: 'failed', message: written.left.message };
    this.#goodCheckpoint = written.right;
    this.#emit({ kind: 'checkpointed', step: this.#step, file: written.right });
    return undefined;
  }

  #end(visit: Visit, began: number, done: Omit<StageRecord, keyof StagePlace | 'planned' | 'seconds'>): void {
    const planned = this.plan.stages[visit.index]?.flops ?? noFlops;
    const record: StageRecord = { ...placeOf(visit), planned, ...done, seconds: this.#seconds(began) };
    this.records.push(record);
    this.#emit({ kind: 'stage-ended', record });
  }

  async #transfer(visit: Visit): Promise<Stop | undefined> {
    const began = performance.now();
    const { stage, level, layers, h } = visit;
    if (stage.kind === 'train') throw new Error('training is no transfer');
    const moved = await match(stage)
      .with({ kind: 'restrict' }, (restrict) => this.stack.restrict(restrict, { level, layers, h }))
      .with({ kind: 'prolongate' }, (prolongate) => this.stack.prolongate(prolongate))
      .exhaustive();
    if (E.isLeft(moved)) return { kind: 'failed', message: moved.left.message };
    this.#emit({
      kind: 'transferred',
      stage: visit.index,
      from: visit.from,
      to: { level, layers, h },
      flops: noFlops,
      seconds: this.#seconds(began),
    });
    this.#end(visit, began, { stepsRun: 0, tokens: 0, counted: noFlops, evaluations: 0, evaluationFlops: noFlops });
    return undefined;
  }

  async #train(visit: Visit, { steps }: TrainStage): Promise<Stop | undefined> {
    const began = performance.now();
    const { setup } = this.schedule;
    const { model, batch, seed } = setup;
    const compiled = await this.#programs.get('training-step', visit);
    if (E.isLeft(compiled)) return { kind: 'failed', message: compiled.left.message };
    const executable = compiled.right;
    const trainer = new Trainer(this.options.backend, this.stack.current, setup.optimizer);
    const before = this.#flops;
    const losses: number[] = [];
    const evaluations: { loss: number; flops: Flops }[] = [];
    let stop: Stop | undefined;

    while (this.#stageStep < steps && stop === undefined) {
      const stepBegan = performance.now();
      const { learningRate: rate } = setup.optimizer;
      const learningRate = learningRateAt(
        rate,
        clockAt(rate.clock, { steps, firstStep: visit.firstStep }, this.#stageStep, this.plan.steps),
      );
      const drawn = trainingBatch(this.dataset, { batch, context: model.context, seed, step: this.#step });
      const result = await trainer.step(executable, drawn, learningRate);
      if (E.isLeft(result)) {
        stop = { kind: 'failed', message: result.left.message };
        break;
      }
      const { loss, gradientNorm, accepted } = result.right;
      if (!accepted) {
        // Where only the gradient broke, the state is as good as its loss.
        if (Number.isFinite(loss)) stop = await this.#checkpoint(visit.index);
        stop ??= {
          kind: 'diverged',
          stage: visit.index,
          step: this.#step + 1,
          message:
            `stage ${visit.index + 1}, ${visit.op}: step ${this.#step + 1} gave a loss of ${loss} and a gradient norm of ${gradientNorm}, where both must be ` +
            `finite; the last good state is ${this.#goodCheckpoint}; lower the learning rate or clip the gradient`,
        };
        break;
      }
      this.#step += 1;
      this.#stageStep += 1;
      this.#flops = addFlops(this.#flops, executable.flops);
      losses.push(loss);
      this.#emit({
        kind: 'step',
        stage: visit.index,
        level: visit.level,
        step: this.#step,
        stageStep: this.#stageStep,
        loss,
        learningRate,
        gradientNorm,
        tokens: batch * model.context,
        flops: this.#flops.matmul,
        seconds: this.#seconds(stepBegan),
      });
      if (isEvaluated(setup.evaluation, { step: this.#step, lastOfStage: this.#stageStep === steps })) {
        const evaluated = await this.#evaluate(visit, trainer);
        if (E.isLeft(evaluated)) stop = evaluated.left;
        else {
          evaluations.push(evaluated.right);
          stop = await this.#checkpoint(visit.index);
        }
      }
      if (this.folder.failure !== undefined) stop ??= { kind: 'failed', message: this.folder.failure.message };
      if (this.options.signal?.aborted && this.#step < this.plan.steps && stop === undefined)
        stop = (await this.#checkpoint(visit.index)) ?? { kind: 'interrupted', stage: visit.index, step: this.#step };
    }

    const last = losses.slice(-LOSS_WINDOW);
    const validation = evaluations.at(-1);
    this.#end(visit, began, {
      stepsRun: losses.length,
      tokens: losses.length * batch * model.context,
      counted: {
        matmul: this.#flops.matmul - before.matmul,
        softmax: this.#flops.softmax - before.softmax,
        elementwise: this.#flops.elementwise - before.elementwise,
      },
      evaluations: evaluations.length,
      evaluationFlops: evaluations.reduce((sum, { flops }) => addFlops(sum, flops), noFlops),
      ...(last.length === 0 ? {} : { trainingLoss: mean(last) }),
      ...(validation === undefined ? {} : { validationLoss: validation.loss }),
    });
    return stop;
  }

  async #evaluate(visit: Visit, trainer: Trainer): Promise<E.Either<Stop, { loss: number; flops: Flops }>> {
    const began = performance.now();
    const { batch, model, evaluation } = this.schedule.setup;
    const compiled = await this.#programs.get('evaluation', visit);
    if (E.isLeft(compiled)) return E.left({ kind: 'failed', message: compiled.left.message });
    const batches = Array.from({ length: evaluation.batches }, (_, index) =>
      heldOutBatch(this.dataset, { batch, context: model.context, index, count: evaluation.batches }),
    );
    const loss = await trainer.evaluate(compiled.right, batches);
    if (E.isLeft(loss)) return E.left({ kind: 'failed', message: loss.left.message });
    // The step's own loss is that of the parameters before it, so that a step too far may show here first.
    if (!Number.isFinite(loss.right))
      return E.left({
        kind: 'diverged',
        stage: visit.index,
        step: this.#step,
        message:
          `stage ${visit.index + 1}, ${visit.op}: after step ${this.#step} the held-out loss is ${loss.right}, where it must be finite; ` +
          `the last good state is ${this.#goodCheckpoint}; lower the learning rate or clip the gradient`,
      });
    const flops = batches.reduce((sum) => addFlops(sum, compiled.right.flops), noFlops);
    this.#emit({
      kind: 'evaluated',
      stage: visit.index,
      level: visit.level,
      step: this.#step,
      loss: loss.right,
      trainingFlops: this.#flops.matmul,
      flops,
      seconds: this.#seconds(began),
    });
    return E.right({ loss: loss.right, flops });
  }
}

/**
 * Runs a verified schedule from its beginning.
 *
 * Right, also for a run that was stopped, diverged or failed half-way: its outcome says so, and its folder holds what it had.
 * Left: the run could not begin (the folder, the vocabulary, a program that the backend cannot compile).
 */
export const run =
  (schedule: Schedule, dataset: Dataset, options: RunOptions): TaskEither<Fault, RunSummary> =>
  async () => {
    const { backend } = options;
    const began = performance.now();
    const model = sizedModel(schedule, dataset.vocabulary);
    if (E.isLeft(model)) return model;
    const plan = planSchedule(schedule, { vocabulary: dataset.vocabulary, capabilities: backend.capabilities });
    if (E.isLeft(plan)) return plan;
    const free = RunFolder.isFree(options.folder);
    if (E.isLeft(free)) return free;
    const stack = await LevelStack.create(backend, model.right, schedule.setup.optimizer, schedule.setup.seed);
    if (E.isLeft(stack)) return E.left(asFault(stack.left));
    const created = RunFolder.create(options.folder);
    if (E.isLeft(created)) return created;
    const folder = created.right;
    const written = folder.write(RUN_FILES.schedule, canonicalJson(schedule));
    if (E.isLeft(written)) return written;

    const execution = new Run(schedule, model.right, dataset, plan.right, folder, stack.right, options);
    const outcome = await execution.execute();
    stack.right.release();
    const summary: RunSummary = {
      outcome,
      folder: options.folder,
      stages: execution.records,
      plan: plan.right,
      seconds: (performance.now() - began) / 1000,
    };
    const { name, capabilities } = backend;
    const saved = folder.write(
      RUN_FILES.summary,
      `${JSON.stringify({ scheduleHash: scheduleHash(schedule), backend: name, device: capabilities.device, versions: capabilities.versions, ...summary }, undefined, 2)}\n`,
    );
    folder.close();
    return E.isLeft(saved) && outcome.kind === 'finished' ? saved : E.right(summary);
  };
