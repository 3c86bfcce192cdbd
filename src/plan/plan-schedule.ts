/**
 * The plan of a schedule on a backend: traces the programs that will run, as that backend will have them, and counts their FLOPs.
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Capabilities } from '../backend.js';
import { type Fault, inputFault } from '../fault.js';
import type { Invalid } from '../invalid.js';
import { tensorsOf } from '../model/cell-tensors.js';
import type { SizedModel } from '../model/family.js';
import { flopsOf } from '../program/cost.js';
import { tooLarge } from '../program/largest-tensor.js';
import { legalize } from '../program/legalize.js';
import { peakBytesInTurn } from '../program/peak-bytes.js';
import type { Program } from '../program/program.js';
import { addFlops, type Flops, noFlops, scaleFlops } from '../program/types/flops.js';
import { type Grid, gridKey } from '../schedule/grid.js';
import type { Schedule } from '../schedule/schedule.js';
import { inStage, inside } from '../schedule/sentences.js';
import { flopsFault } from '../schedule/verify/train-faults.js';
import { verify } from '../schedule/verify/verify.js';
import type { LeafStage, Visit } from '../schedule/walk/walk.js';
import { evaluatedAtEnd } from '../schedule/walk/when-evaluated.js';
import { resolve } from '../transfer/resolve.js';
import type { ResolvedTransfer, ResolvedVisit } from '../transfer/resolved.js';
import { type Plan, plan } from './plan.js';
import { type ProgramKind, type ProgramPlace, programKey, programOf } from './programs.js';
import { evaluationWork, stepWork, transferWork, type Work } from './work.js';
import { zeroBytes } from './zero-sums.js';

export interface PlanOptions {
  /** Tokens in the data's vocabulary. */
  readonly vocabulary: number;
  readonly capabilities: Pick<Capabilities, 'operations' | 'rewrites' | 'largestTensor' | 'device' | 'state'>;
}

/** A plan, and what only the traced programs say. */
export interface TracedPlan extends Plan {
  /** The most bytes that a training step of the plan holds: parameters, moments and activations. 0 where nothing is trained. */
  readonly stepBytes: number;
}

/** The schedule's model with its vocabulary, which the data says where the model does not. */
export const sizedModel = ({ setup: { model } }: Schedule, vocabulary: number): E.Either<Fault, SizedModel> =>
  model.vocabulary !== undefined && model.vocabulary < vocabulary
    ? E.left(
        inputFault(
          `setup.model.vocabulary must be at least the data's ${vocabulary} tokens (was ${model.vocabulary}); raise it or leave it out`,
          'setup.model.vocabulary',
        ),
      )
    : E.right({ ...model, vocabulary: model.vocabulary ?? vocabulary });

/** An end by FLOPs that no number of steps meets: what a step costs is only known here. */
const unmetFlops = (visits: readonly Visit[], { stages }: Plan): Fault | undefined => {
  for (const visit of visits) {
    const fault = flopsFault(visit, stages[visit.index]?.flopsPerStep.matmul ?? 0);
    if (fault !== undefined) return inputFault(fault);
  }
  return undefined;
};

/** The stages that need a program; what a run ends with is evaluated whichever stage leads to it. */
const needing: Readonly<Record<ProgramKind, LeafStage['kind']>> = {
  'training-step': 'train',
  gradient: 'train',
  update: 'train',
  evaluation: 'train',
  tau: 'restrict',
  'line-search': 'prolongate',
};

/** The first stage that needs a program of that kind on that grid. */
const firstNeeding = (kind: ProgramKind, visits: readonly Visit[], grid: Grid): Visit | undefined =>
  visits.find((visit) => visit.stage.kind === needing[kind] && [visit, visit.from].some((each) => gridKey(each) === gridKey(grid))) ??
  (kind === 'evaluation' ? evaluatedAtEnd(visits) : undefined);

/** Equal where the programs are. */
const keyOf = (work: Work): string => (work.kind === 'model' ? programKey(work.program, work.at) : work.key);

/** Works out what is under a key once. */
const cached = <T>() => {
  const known = new Map<string, T>();
  return (key: string, work: () => T): T => {
    const found = known.get(key) ?? work();
    known.set(key, found);
    return found;
  };
};

/** What a training step holds; where several programs add up, also the zeros that their sums begin with. */
const bytesOfStep = (work: readonly Work[], legalOf: (kind: ProgramKind, at: ProgramPlace) => Program | undefined): number => {
  const programs = work.flatMap((each) => (each.kind === 'model' ? (legalOf(each.program, each.at) ?? []) : []));
  const [first, ...others] = programs;
  const zeros = first === undefined || others.length === 0 ? 0 : zeroBytes(first);
  return zeros + peakBytesInTurn(programs);
};

/** What a verified schedule costs on a backend. Left: it does not fit that backend, or the data. */
export const planVerified = (schedule: Schedule, { vocabulary, capabilities }: PlanOptions): E.Either<Fault, TracedPlan> => {
  const { operations, rewrites } = capabilities;
  const { setup } = schedule;
  const model = sizedModel(schedule, vocabulary);
  if (E.isLeft(model)) return model;
  const tensorsAt = tensorsOf(model.right, setup.optimizer);
  const visits = resolve(schedule);
  let missing: Fault | undefined;
  const legalOf = (kind: ProgramKind, at: ProgramPlace): Program | undefined => {
    const legal = legalize(programOf(kind, model.right, setup, at, rewrites), operations);
    const refuse = (why: string): undefined => {
      const first = firstNeeding(kind, visits, at);
      missing ??= inputFault(inside(first === undefined ? kind : inStage(first.at, first.op), why));
    };
    if (E.isLeft(legal)) return refuse(`the backend lacks the operation ${legal.left.operation}; choose another backend`);
    const unheld = tooLarge(legal.right, capabilities);
    return unheld === undefined ? legal.right : refuse(unheld);
  };
  const movingOf = (program: Program): Program => {
    const legal = legalize(program, operations);
    if (E.isLeft(legal)) throw new Error(`blends are made of operations that every backend has, and ${legal.left.operation} is missing`);
    return legal.right;
  };
  const once = cached<Flops>();
  const flopsOfWork = (work: Work): Flops =>
    once(keyOf(work), () => {
      const program = work.kind === 'model' ? legalOf(work.program, work.at) : movingOf(work.program());
      return program === undefined ? noFlops : flopsOf(program);
    });
  const flopsOfAll = (work: readonly Work[]): Flops =>
    work.reduce((sum, each) => addFlops(sum, scaleFlops(each.times, flopsOfWork(each))), noFlops);
  const transfers = new Map<ResolvedTransfer, Map<boolean, readonly Flops[]>>();
  /** After each part: equal visits are costed once, a network with a tau apart from one without. */
  const transferOf = (visit: ResolvedVisit): readonly Flops[] => {
    const { transfer, hasTau } = visit;
    if (transfer === undefined) return [];
    const known = transfers.get(transfer) ?? new Map<boolean, readonly Flops[]>();
    transfers.set(transfer, known);
    let sum = noFlops;
    const flops = known.get(hasTau) ?? transferWork(visit, tensorsAt).map((part) => (sum = addFlops(sum, flopsOfAll(part))));
    known.set(hasTau, flops);
    return flops;
  };
  const planned = plan(
    schedule,
    {
      step: (at) => flopsOfAll(stepWork(at)),
      evaluation: (at) => flopsOfAll(evaluationWork(setup.evaluation, at)),
      transfer: (visit) => transferOf(visit).at(-1) ?? noFlops,
      byTries: (visit) => (visit.transfer?.kind === 'prolongate' && visit.transfer.search !== undefined ? transferOf(visit) : undefined),
    },
    visits,
  );
  const unmet = missing ?? unmetFlops(visits, planned);
  if (unmet !== undefined) return E.left(unmet);
  const bytesOnce = cached<number>();
  const stepBytes = visits
    .filter(({ stage }) => stage.kind === 'train')
    .map(stepWork)
    .reduce(
      (most, work) =>
        Math.max(
          most,
          bytesOnce(work.map(keyOf).join(), () => bytesOfStep(work, legalOf)),
        ),
      0,
    );
  return E.right({ ...planned, stepBytes });
};

/**
 * What a schedule costs on a backend, stage by stage, before anything runs.
 *
 * @param given what `pipeline` gave; verified here.
 * @returns left: what is wrong with it, or why it does not fit the backend or the data, in one sentence.
 */
export const planSchedule = (given: Schedule | Invalid, options: PlanOptions): E.Either<Fault, TracedPlan> => {
  const schedule = verify(given);
  return E.isLeft(schedule) ? schedule : planVerified(schedule.right, options);
};
