/** The plan of a schedule on a backend: traces the programs that will run, in that backend's operations, and counts their FLOPs. */
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../fault.js';
import type { Invalid } from '../invalid.js';
import { tensorsOf } from '../model/cell-tensors.js';
import type { SizedModel } from '../model/family.js';
import { noFlops } from '../program/types/flops.js';
import { firstGrid } from '../schedule/grid.js';
import type { Schedule } from '../schedule/schedule.js';
import { flopsFault } from '../schedule/verify/train-faults.js';
import { verify } from '../schedule/verify/verify.js';
import type { Visit } from '../schedule/walk/walk.js';
import { resolve } from '../transfer/resolve.js';
import { type Exchanged, exchangedBy } from './exchanged.js';

import { LegalPrograms, type PlannedOn, type StepMemory } from './legal-programs.js';

import { type Plan, plan } from './plan.js';
import { processBytesOf } from './process-memory.js';
import { ranksAt, sharingFault } from './shares-of-ranks.js';
import { waitingBytes } from './waiting.js';
import { evaluationWork, learning, learningWork, stepWork, updateWork } from './work.js';
import { WorkCosts } from './work-costs.js';

export interface PlanOptions {
  /** Tokens in the data's vocabulary. */
  readonly vocabulary: number;
  readonly capabilities: PlannedOn;
}

/** A plan, and what follows only from the traced programs. */
export interface TracedPlan extends Plan {
  /**
   * The most bytes that are held in a training step of the plan: its parameters, moments and activations, and the state of other levels, arms and replicas
   * that waits. 0 where nothing is trained.
   */
  readonly stepBytes: number;
  /** The bytes of these that wait, in the first step that holds the most. */
  readonly waitingBytes?: number;
  /** The most bytes that the process takes that trains and evaluates; undefined where that was not measured for the backend. */
  readonly processBytes?: number | undefined;
  /** What replicas would exchange on machines of their own; absent where there are none. */
  readonly exchanged?: Exchanged;
}

/** The schedule's model with its vocabulary, by default that of the data. */
export const sizedModel = ({ setup: { model } }: Schedule, vocabulary: number): E.Either<Fault, SizedModel> =>
  model.vocabulary !== undefined && model.vocabulary < vocabulary
    ? E.left(
        inputFault(
          `setup.model.vocabulary must be at least the data's ${vocabulary} tokens (was ${model.vocabulary}); raise it or leave it out`,
          'setup.model.vocabulary',
        ),
      )
    : E.right({ ...model, vocabulary: model.vocabulary ?? vocabulary });

/** The fault of an end by FLOPs that cannot be met: the cost of a step is only known here. */
const unmetFlops = (visits: readonly Visit[], { stages }: Plan): Fault | undefined => {
  for (const visit of visits) {
    const fault = flopsFault(visit, stages[visit.index]?.flopsPerStep.matmul ?? 0);
    if (fault !== undefined) return inputFault(fault);
  }
  return undefined;
};

/** The programs on some number of ranks, and their costs. */
interface Costed {
  readonly programs: LegalPrograms;
  readonly costs: WorkCosts;
}

/** A step's memory with the state that waits. */
interface TrainingMemory extends StepMemory {
  readonly waiting: number;
}

const beside = ({ held, part }: StepMemory, waiting: number): TrainingMemory => ({
  held: held + waiting,
  waiting,
  ...(part === undefined ? {} : { part }),
});

/** What is asked of a plan: everything, or only what a picture shows of it, for which updates are not told apart (they count as none). */
export type Wanted = 'everything' | 'path';

/** The cost of a verified schedule on a backend. Left: it does not fit that backend, or the data. */
export const planVerified = (
  schedule: Schedule,
  { vocabulary, capabilities }: PlanOptions,
  wanted: Wanted = 'everything',
): E.Either<Fault, TracedPlan> => {
  const { setup } = schedule;
  const model = sizedModel(schedule, vocabulary);
  if (E.isLeft(model)) return model;
  const visits = resolve(schedule);
  const unshared = sharingFault(schedule, capabilities, visits);
  if (unshared !== undefined) return E.left(unshared);
  const { ranks: all, ...known } = capabilities;
  const costed = (ranks: number | undefined): Costed => {
    const programs = new LegalPrograms(model.right, setup, visits, ranks === undefined ? known : { ...known, ranks });
    return { programs, costs: new WorkCosts(programs, tensorsOf(model.right, setup.optimizer)) };
  };
  const { programs, costs } = costed(all);
  const shares = new Map<number | undefined, Costed>([[all, { programs, costs }]]);
  const share = ranksAt(visits, capabilities);
  /** Costs on the ranks that a stage has. */
  const costsOf = (visit: Visit): WorkCosts => {
    const ranks = share(visit);
    const found = shares.get(ranks) ?? costed(ranks);
    shares.set(ranks, found);
    return found.costs;
  };
  const planned = plan(
    schedule,
    {
      step: (at, visit) => costsOf(visit).flops(stepWork(at)),
      ...(wanted === 'path' ? {} : { update: (visit) => costsOf(visit).flops([updateWork(visit)]) }),
      evaluation: (visit) => costsOf(visit).flops([evaluationWork(setup, visit)]),
      transfer: (visit) => costsOf(visit).transfer(visit).at(-1) ?? noFlops,
      byTries: (visit) =>
        visit.transfer?.kind === 'prolongate' && visit.transfer.search !== undefined ? costsOf(visit).transfer(visit) : undefined,
      fit: (visit) => {
        const learnt = learningWork(visit);
        return learnt && costsOf(visit).flops([learning(learnt)]);
      },
    },
    visits,
  );
  const refusal = [...shares.values()].map((each) => each.programs.refusal).find((fault) => fault !== undefined);
  const unmet = refusal ?? unmetFlops(visits, planned);
  if (unmet !== undefined) return E.left(unmet);
  const trained = visits.filter(({ stage }) => stage.kind === 'train');
  let steps: readonly TrainingMemory[] | undefined;
  /** Known when it is asked for: a picture of a pipeline needs no memory of it. */
  const memory = (): readonly TrainingMemory[] => {
    if (steps !== undefined) return steps;
    const waiting = waitingBytes(visits, firstGrid(setup.model), tensorsOf(model.right, setup.optimizer));
    steps = trained.map((visit) =>
      beside(costsOf(visit).memoryOfStep(stepWork(visit), evaluationWork(setup, visit)), waiting[visit.index] ?? 0),
    );
    return steps;
  };
  const exchanged = exchangedBy(visits, tensorsOf(model.right, setup.optimizer));
  return E.right({
    ...planned,
    ...(exchanged.merges === 0 ? {} : { exchanged }),
    get stepBytes() {
      return Math.max(0, ...memory().map(({ held }) => held));
    },
    get waitingBytes() {
      const most = Math.max(...memory().map(({ held }) => held));
      return memory().find(({ held }) => held === most)?.waiting ?? 0;
    },
    get processBytes() {
      return processBytesOf(memory().flatMap(({ part, waiting }) => (part === undefined ? [] : [{ part, waiting }])));
    },
  });
};

/**
 * The cost of a schedule on a backend, stage by stage, before anything runs.
 *
 * @param given the value of `pipeline`; verified here.
 * @returns left: what is wrong with it, or why it does not fit the backend or the data, in one sentence.
 */
export const planSchedule = (given: Schedule | Invalid, options: PlanOptions, wanted?: Wanted): E.Either<Fault, TracedPlan> => {
  const schedule = verify(given);
  return E.isLeft(schedule) ? schedule : planVerified(schedule.right, options, wanted);
};
