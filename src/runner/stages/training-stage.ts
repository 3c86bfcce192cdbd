/**
 * A training stage: its steps, the evaluations and checkpoints between them, and what may end it early. Not here: a single step (`trainer.ts`), a
 * single evaluation (`evaluation.ts`), other stages (`../stage-machine.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { BackendError } from '../../backend.js';
import { trainingBatch } from '../../data/batches.js';
import { layersTaken } from '../../model/layers-taken.js';
import { survivals } from '../../model/stochastic-depth.js';
import { addFlops, type Flops, noFlops, scaleFlops } from '../../program/types/flops.js';
import type { TrainStage } from '../../schedule/schedule.js';
import { rateAt } from '../../schedule/walk/learning-rate.js';
import { settingsOf, tokensOf } from '../../schedule/walk/step-settings.js';
import type { Visit } from '../../schedule/walk/walk.js';
import { isEvaluated } from '../../schedule/walk/when-evaluated.js';
import type { CheckpointPlace } from '../checkpoints/saved-state.js';
import type { Spike, StageRecord } from '../events/events.js';
import { mean } from '../events/mean.js';
import { enterStage, see, type Watch } from '../events/stage-end.js';
import { flopsOfStep, type StepPrograms } from '../state/run-programs.js';
import { type RunState, secondsSince } from '../state/run-state.js';
import { datasetOf } from '../state/stage-data.js';
import { type Evaluated, LOSS_WINDOW } from '../state/stage-progress.js';
import { failedWith, type Stop } from '../state/stop.js';
import { evaluate, flopsOfEvaluation } from './evaluation.js';
import { isReturnPoint, judged, returnFrom, spikeInstead, thrownBy, watchForSpikes } from './spikes.js';
import { interrupted, isOver, wasOver } from './stops.js';
import { Trainer } from './trainer.js';

/** Which end was met, or that only the last step ended it; undefined while the stage is in progress, and for stages without a conditional end. */
const endedBy = ({ ends, stageStep }: RunState, { until, steps }: TrainStage): StageRecord['endedBy'] =>
  until === undefined ? undefined : (ends.here?.met?.end ?? (stageStep === steps ? 'atMost' : undefined));

/** Whether the merge of replicas follows, after which the network is evaluated: a stage's end is saved where its loss is known. */
const isBeforeEvaluatedMerge = ({ given: { plan } }: RunState, { index, replica }: Visit): boolean => {
  const next = plan.stages[index + 1];
  return replica !== undefined && next?.kind === 'merge' && next.evaluations > 0;
};

/** An evaluation that gave no finite loss, which has cost as much as any other. */
const failedLook = (run: RunState, visit: Visit): Evaluated => ({ loss: Number.NaN, flops: flopsOfEvaluation(run, visit) });

interface Compiled {
  readonly programs: StepPrograms;
  readonly flopsPerStep: Flops;
}

/** Of a stage of which nothing is left, no program is compiled: its steps had the FLOPs that were planned for them (law 5). */
const programsOf = async (run: RunState, visit: Visit, over: boolean): Promise<E.Either<BackendError, Compiled>> =>
  over
    ? E.right({ programs: [], flopsPerStep: run.given.plan.stages[visit.index]?.flopsPerStep ?? noFlops })
    : E.map((programs: StepPrograms): Compiled => ({ programs, flopsPerStep: flopsOfStep(programs) }))(await run.programs.step(visit));

/** From the stage's beginning, or from a checkpoint. */
export const runTrainingStage = async (
  run: RunState,
  visit: Visit,
  stage: TrainStage,
  continues?: CheckpointPlace,
): Promise<Stop | undefined> => {
  const began = performance.now();
  const { schedule, stack, checkpoints } = run.given;
  const { evaluation, optimizer, onSpike } = schedule.setup;
  const tokensPerStep = tokensOf(settingsOf(stage, schedule.setup));
  const compiled = await programsOf(run, visit, wasOver(run, stage, continues));
  if (E.isLeft(compiled)) return failedWith(compiled.left);
  const { programs, flopsPerStep } = compiled.right;
  let trainer = new Trainer(stack.store, stack.current, optimizer);
  const watch: Watch = { end: stage.until, tokensPerStep, keep: run.lossesKept };
  if (run.stageStep === 0) run.ends = enterStage(run.ends, visit.level, flopsPerStep.matmul);
  if (run.stageStep === 0 && onSpike !== undefined) watchForSpikes(run);
  let losses = [...run.progress.losses];
  let evaluations = [...run.progress.evaluations];
  let stop: Stop | undefined;
  /** A step was taken, and what follows it is still pending. */
  let pending = continues?.phase === 'stepped';
  /** Goes on from an earlier state. */
  const returned = async (spike: Spike, looks: readonly Evaluated[] = []): Promise<Stop | undefined> => {
    if (onSpike === undefined) throw new Error('nothing is a spike where none is looked for');
    const back = await returnFrom(run, visit, spike, onSpike, { losses, evaluations: [...evaluations, ...looks] }, flopsPerStep);
    if (E.isLeft(back)) return back.left;
    losses = [...back.right.losses];
    evaluations = [...back.right.evaluations];
    trainer.release();
    trainer = new Trainer(stack.store, stack.current, optimizer);
    if (run.stageStep === 0) run.ends = enterStage(run.ends, visit.level, flopsPerStep.matmul);
    return run.brokenFolder;
  };

  while (stop === undefined && (pending || !isOver(run, stage))) {
    if (!pending) {
      const stepped = await step(run, visit, trainer, programs, stage);
      if (E.isLeft(stepped)) {
        const spike = spikeInstead(run, stepped.left, true);
        stop = spike === undefined ? stepped.left : await returned(spike);
        continue;
      }
      const spike = judged(run, onSpike, stepped.right);
      if (spike !== undefined) {
        stop = await returned(spike);
        continue;
      }
      losses.push(stepped.right);
      if (losses.length > LOSS_WINDOW) losses.shift();
      run.ends = see(run.ends, { kind: 'training', step: run.stageStep, loss: stepped.right }, watch);
      stop = run.brokenFolder ?? (await interrupted(run, visit));
      if (stop !== undefined) break;
    }
    pending = false;
    const lastOfStage = isOver(run, stage);
    const due = visit.replica === undefined && isEvaluated(evaluation, { step: run.stepsKept, lastOfStage });
    const evaluated = due ? await evaluate(run, visit) : undefined;
    if (evaluated !== undefined && E.isLeft(evaluated)) stop = evaluated.left;
    else if (evaluated !== undefined) {
      evaluations.push(evaluated.right);
      run.ends = see(run.ends, { kind: 'heldOut', step: run.stageStep, loss: evaluated.right.loss }, watch);
    }
    const mark = stop === undefined && isReturnPoint(run, onSpike, { losses, evaluations });
    const kept =
      evaluated !== undefined || mark || run.step % checkpoints.every === 0 || (lastOfStage && isBeforeEvaluatedMerge(run, visit));
    if (stop === undefined && kept)
      stop = await run.checkpoint(visit.index, evaluated === undefined ? 'stepped' : 'evaluated', lastOfStage);
    const spike = stop === undefined ? undefined : spikeInstead(run, stop, false);
    if (spike !== undefined) stop = await returned(spike, evaluated !== undefined && E.isLeft(evaluated) ? [failedLook(run, visit)] : []);
  }
  trainer.release();

  const validation = evaluations.at(-1);
  const ended = stop === undefined ? endedBy(run, stage) : undefined;
  run.end(visit, run.progress.earlierSeconds + secondsSince(began), {
    stepsRun: run.stageStep,
    ...(ended === undefined ? {} : { endedBy: ended }),
    tokens: run.stageStep * tokensPerStep,
    counted: scaleFlops(run.stageStep, flopsPerStep),
    ...thrownBy(run),
    evaluations: evaluations.length,
    evaluationFlops: evaluations.reduce((sum, { flops }) => addFlops(sum, flops), noFlops),
    ...(losses.length === 0 ? {} : { trainingLoss: mean(losses) }),
    ...(validation === undefined ? {} : { validationLoss: validation.loss }),
  });
  return stop;
};

/** One training step; returns its loss. */
const step = async (
  run: RunState,
  visit: Visit,
  trainer: Trainer,
  programs: StepPrograms,
  stage: TrainStage,
): Promise<E.Either<Stop, number>> => {
  const began = performance.now();
  const { schedule, dataset, plan, stack } = run.given;
  const { seed } = schedule.setup;
  const { steps, stochasticDepth } = stage;
  const settings = settingsOf(stage, schedule.setup);
  const learningRate = rateAt(settings.learningRate, { ...visit, steps }, run.stageStep, plan.clock);
  const at = run.clockStep(visit);
  const drawn = trainingBatch(datasetOf(stage, dataset), { ...settings, seed, step: at, part: visit.replica });
  if (E.isLeft(drawn)) return E.left(failedWith(drawn.left));
  if (visit.subnetwork !== undefined) {
    const { layers } = visit;
    trainer.take(layersTaken({ seed, step: at, layers, kept: visit.subnetwork.layers }), stack.current);
  }
  const taking = stochasticDepth === undefined ? [] : survivals({ seed, step: at, layers: visit.layers, last: stochasticDepth });
  const result = await trainer.step(programs, drawn.right, learningRate, taking);
  if (E.isLeft(result)) return E.left(failedWith(result.left));
  const { loss, gradientNorm, accepted } = result.right;
  if (!accepted) {
    const what = `step ${run.step + 1} gave a loss of ${loss} and a gradient norm of ${gradientNorm}, where both must be finite`;
    return E.left(run.diverged(visit.index, run.step + 1, what));
  }
  // The loss was that of the state before the step: a checkpoint of that state has proved good.
  run.trustCheckpoint();
  run.step += 1;
  run.stageStep += 1;
  run.flops = addFlops(run.flops, flopsOfStep(programs));
  run.emit({
    kind: 'step',
    stage: visit.index,
    level: visit.level,
    step: run.step,
    stageStep: run.stageStep,
    loss,
    learningRate,
    gradientNorm,
    tokens: tokensOf(settings),
    flops: run.flops.matmul,
    seconds: secondsSince(began),
  });
  return E.right(loss);
};
