/** Stages with their repeats written out, in the arms of branches too. */
import type { Stage } from '../../src/schedule/schedule.js';
import { unrolled } from '../../src/schedule/walk/walk.js';

export const writtenOut = (stages: readonly Stage[]): readonly Stage[] =>
  stages.flatMap((stage): readonly Stage[] => {
    if (stage.kind === 'repeat') return Array.from({ length: stage.times }, () => writtenOut(stage.stages)).flat();
    if (stage.kind === 'replicas') return [stage.rounds === undefined ? stage : { ...stage, stages: writtenOut(stage.stages) }];
    return stage.kind === 'branch' ? [{ ...stage, arms: stage.arms.map(writtenOut) }] : [stage];
  });

/** How many visits of a walk stages make. */
export const visitsOf = (stages: readonly Stage[]): number => [...unrolled(stages)].length;
