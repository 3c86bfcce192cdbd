/**
 * One stage of a run, whatever its kind, with its events and its record. Not here: which stage comes next (`../stage-machine.ts`), what training is
 * (`training-stage.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { match, P } from 'ts-pattern';
import type { BackendError } from '../../backend.js';
import type { Fault } from '../../fault.js';
import { searchWork, tauWork, transferWork } from '../../plan/work.js';
import { addFlops, noFlops } from '../../program/types/flops.js';
import { gridOf } from '../../schedule/grid.js';
import type { Visit } from '../../schedule/walk/walk.js';
import type { ResolvedVisit } from '../../transfer/resolved.js';
import type { CheckpointPlace } from '../checkpoints/saved-state.js';
import type { SearchResult } from '../events/events.js';
import { placeOf, type RunState, secondsSince } from '../state/run-state.js';
import { failedWith, type Stop } from '../state/stop.js';
import { evaluate } from './evaluation.js';
import { runEvaluationStage } from './evaluation-stage.js';
import { learn } from './fit.js';
import { searchLine } from './line-search.js';
import { correctLevel } from './tau.js';
import { runTrainingStage } from './training-stage.js';

/** A transfer with everything else that its stage requires; gives the result of its line search. */
const transfer = async (run: RunState, visit: ResolvedVisit): Promise<E.Either<BackendError | Fault, SearchResult | undefined>> => {
  const { stack } = run.given;
  const { stage, transfer: resolved } = visit;
  if (stage.kind === 'arm') stack.arm(stage);
  if (resolved === undefined) return E.right(undefined);
  const search = resolved.kind === 'prolongate' ? searchWork(visit, resolved) : undefined;
  if (search !== undefined) return searchLine(run, search);
  const moved = await stack.transfer(resolved, gridOf(visit));
  const tau = resolved.kind === 'restrict' ? tauWork(visit, resolved) : undefined;
  if (E.isLeft(moved) || tau === undefined) return E.map(() => undefined)(moved);
  // The level is open even if its correction fails: a run that ends here returns from it.
  run.stages = visit.index + 1;
  return E.map(() => undefined)(await correctLevel(run, tau));
};

const runTransfer = async (run: RunState, visit: ResolvedVisit): Promise<Stop | undefined> => {
  const began = performance.now();
  const { from } = visit;
  const to = gridOf(visit);
  const learnt = await learn(run, visit);
  if (E.isLeft(learnt)) return learnt.left;
  const { visit: fitted, ...fit } = learnt.right;
  const moved = await transfer(run, fitted);
  if (E.isLeft(moved)) return failedWith(moved.left);
  run.stages = visit.index + 1;
  const found = { ...fit, ...(moved.right === undefined ? {} : { search: moved.right }) };
  // A line search may have ended before its last try.
  const flops = run.counted(transferWork(visit).slice(0, moved.right?.tries).flat());
  run.flops = addFlops(run.flops, flops);
  run.emit({ kind: 'transferred', stage: visit.index, from, to, flops, ...found, seconds: secondsSince(began) });
  const { evaluations = 0 } = run.given.plan.stages[visit.index] ?? {};
  const evaluated = evaluations > 0 ? await evaluate(run, visit) : undefined;
  const looked = evaluated !== undefined && E.isRight(evaluated) ? evaluated.right : undefined;
  run.end(visit, secondsSince(began), {
    stepsRun: 0,
    tokens: 0,
    counted: flops,
    evaluations: looked === undefined ? 0 : 1,
    evaluationFlops: looked?.flops ?? noFlops,
    ...found,
    ...(looked === undefined ? {} : { validationLoss: looked.loss }),
  });
  return evaluated !== undefined && E.isLeft(evaluated) ? evaluated.left : undefined;
};

/** Where a run continues in the middle of a stage, that stage has already begun. */
export const placeWithin = ({ continues }: RunState, { index }: Visit): CheckpointPlace | undefined =>
  continues?.place.stage === index && continues.place.phase !== 'before' ? continues.place : undefined;

export const runStage = async (run: RunState, visit: ResolvedVisit): Promise<Stop | undefined> => {
  const within = placeWithin(run, visit);
  if (within === undefined) {
    run.beginStage();
    // A spike early in the stage returns to its beginning.
    const { onSpike } = run.given.schedule.setup;
    const marked = visit.stage.kind === 'train' && onSpike !== undefined ? await run.checkpoint(visit.index, 'before') : undefined;
    if (marked !== undefined) return marked;
    run.emit({ kind: 'stage-started', stage: placeOf(visit, run.given.plan) });
  }
  const { stage } = visit;
  run.here = visit;
  if (stage.kind === 'train') run.stages = visit.index + 1;
  const stop = await match(stage)
    .with({ kind: 'train' }, (train) => runTrainingStage(run, visit, train, within))
    .with({ kind: 'evaluate' }, () => runEvaluationStage(run, visit, within))
    .with({ kind: P.union('restrict', 'prolongate', 'grow', 'arm', 'merge') }, () => runTransfer(run, visit))
    .exhaustive();
  return stop ?? run.brokenFolder;
};
