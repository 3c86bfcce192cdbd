/** What stages in replicas must be, found by counting. Not a test itself. */
import type { ReplicasStage, Stage } from '../../src/schedule/schedule.js';

/** All replicas take the same steps: without conditional ends. */
export const withoutEnds = (stages: readonly Stage[]): readonly Stage[] =>
  stages.map((stage): Stage => {
    if (stage.kind === 'repeat' || stage.kind === 'replicas') return { ...stage, stages: withoutEnds(stage.stages) };
    if (stage.kind === 'branch') return { ...stage, arms: stage.arms.map(withoutEnds) };
    if (stage.kind !== 'train') return stage;
    const { until: _, ...whole } = stage;
    return whole;
  });

/** Training steps of stages one after the other, without replicas. */
export const stepsIn = (stages: readonly Stage[]): number =>
  stages.reduce((sum, stage) => {
    if (stage.kind === 'repeat') return sum + stage.times * stepsIn(stage.stages);
    if (stage.kind === 'branch') return sum + stepsIn(stage.arms.flat());
    return stage.kind === 'train' ? sum + stage.steps : sum;
  }, 0);

const inner = (stage: Stage): readonly Stage[] => {
  if (stage.kind === 'repeat' || stage.kind === 'replicas') return stage.stages;
  return stage.kind === 'branch' ? stage.arms.flat() : [];
};

const some = (stages: readonly Stage[], holds: (stage: Stage) => boolean): boolean =>
  stages.some((stage) => holds(stage) || some(inner(stage), holds));

const fits = ({ every, rounds, stages }: ReplicasStage): boolean => {
  if (some(stages, (stage) => stage.kind === 'replicas' || (stage.kind === 'train' && stage.until !== undefined))) return false;
  return rounds === undefined
    ? stages.every((stage) => stage.kind === 'train' && Number.isInteger(stage.steps / every))
    : stepsIn(stages) === every;
};

/** Whether all replicas among the stages have what they need, apart from levels. */
export const replicasFit = (stages: readonly Stage[]): boolean => !some(stages, (stage) => stage.kind === 'replicas' && !fits(stage));

/** What one replica does, in place of all of them: in the same steps of the clock at the same rates. */
export const oneReplica = (stages: readonly Stage[]): readonly Stage[] =>
  stages.flatMap((stage): readonly Stage[] => {
    if (stage.kind === 'repeat') return [{ ...stage, stages: oneReplica(stage.stages) }];
    if (stage.kind === 'branch') return [{ ...stage, arms: stage.arms.map(oneReplica) }];
    if (stage.kind !== 'replicas') return [stage];
    return stage.rounds === undefined ? stage.stages : [{ kind: 'repeat', times: stage.rounds, stages: stage.stages }];
  });
