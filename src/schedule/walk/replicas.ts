/**
 * Replicas in the order of execution: round after round, in each of them one replica after the other, each as an arm of a branch, and then the merge.
 * Replicas train at the same time as far as batches and learning rates are concerned: the same step of each has the same number there. Not here: the
 * walk over all stages (`walk.ts`), the outer step (`src/transfer/outer.ts`).
 */
import type { OuterOptimizer, ReplicasStage, Stage, TrainStage } from '../schedule.js';

/** The round that an arm or a merge of replicas is in. */
export interface Round {
  /** 1, 2, … */
  readonly round: number;
  readonly rounds: number;
  /** Training steps of each replica in it. */
  readonly steps: number;
  readonly outer: OuterOptimizer;
}

/** What is known of the stages in a replica. */
export interface InReplica {
  /** Which of how many: its batches are its part of those of all together. */
  readonly replica?: { readonly index: number; readonly of: number };
  /** Of training that is cut into rounds: its steps before this round, and in all of them. */
  readonly within?: { readonly before: number; readonly of: number };
}

/** The stages of one round, each with its place among the stages of the replicas (1, 2, …). */
export type RoundStages = readonly { readonly stage: Stage; readonly place: number; readonly within?: InReplica['within'] }[];

/** Training in rounds of this many steps. */
const cut = (stage: TrainStage, place: number, every: number): readonly RoundStages[] =>
  Array.from({ length: stage.steps / every }, (_, round) => [
    { stage: { ...stage, steps: every }, place, within: { before: round * every, of: stage.steps } },
  ]);

/**
 * The stages of each round, of verified replicas.
 *
 * @example
 * // replicas(4, every: 50, train(100))
 * roundsOf(stage).length // 2
 */
export const roundsOf = ({ rounds, every, stages }: ReplicasStage): readonly RoundStages[] =>
  rounds === undefined
    ? stages.flatMap((stage, index) => (stage.kind === 'train' ? cut(stage, index + 1, every) : []))
    : Array.from({ length: rounds }, () => stages.map((stage, index) => ({ stage, place: index + 1 })));
