/**
 * What ranks communicate, as a sentence under the tables of a plan and of a run, none where there is one process; and what replicas would. Not here:
 * counting it (`src/program/cost.ts`, `src/plan/exchanged.ts`).
 */
import type { Plan } from '../../plan/plan.js';
import type { TracedPlan } from '../../plan/plan-schedule.js';
import type { Flops } from '../../program/types/flops.js';
import { bytes, counted } from '../table/format.js';

const communicated = (...all: readonly Flops[]): number => all.reduce((sum, flops) => sum + (flops.communicated ?? 0), 0);

export const communicatedPlanned = ({ total, evaluation }: Pick<Plan, 'total' | 'evaluation'>): readonly string[] => {
  const planned = communicated(total, evaluation);
  return planned === 0 ? [] : [`Each rank contributes ${bytes(planned)} to means over all ranks, evaluation included.`];
};

/** @param planned of training and transfers, and of evaluations; `counted` is of the same. */
export const communicatedCounted = (planned: readonly Flops[], counted: readonly Flops[]): readonly string[] => {
  const taken = communicated(...counted);
  const agreement = communicated(...planned) === taken ? ', as planned' : '';
  return taken === 0 ? [] : [`Each rank contributed ${bytes(taken)} to means over all ranks${agreement}.`];
};

/** What replicas would exchange if each were on a machine of its own. */
export const exchangedLines = ({ exchanged }: Pick<TracedPlan, 'exchanged'>): readonly string[] =>
  exchanged === undefined
    ? []
    : [
        `On machines of their own, each replica would contribute ${bytes(exchanged.bytes)} to ${counted(exchanged.merges, 'merge')}, where one large batch ` +
          `has ${bytes(exchanged.largeBatchBytes)} of gradients in ${counted(exchanged.steps, 'step')}.`,
      ];
