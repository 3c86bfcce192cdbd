/**
 * The memory of a process that trains: the runtime, state with its copies in checkpoints, and what each program that ran has taken, which stays until the run
 * ends, since a backend keeps programs for the next visit of their level. Not here: the values of a step (`../program/peak-bytes.ts`).
 */
import type { MemoryOverhead } from '../backend.js';

/** What a training step and the evaluation of its level add to a process. */
export interface ProcessPart {
  readonly overhead: MemoryOverhead;
  /** Bytes of parameters and moments. */
  readonly state: number;
  /** Bytes of gradients and activations. */
  readonly step: number;
  /** Bytes of the evaluation's activations. */
  readonly evaluation: number;
  /** The same for evaluations by the same program. */
  readonly evaluationKey: string;
}

/** One training stage of a run. */
export interface TrainingPart {
  /** The same object for stages that run the same programs. */
  readonly part: ProcessPart;
  /** Bytes of the state of other levels, arms and replicas, which waits. */
  readonly waiting: number;
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((all, each) => all + each, 0);

/** The most bytes that a process of these stages takes; undefined where there are none. */
export const processBytesOf = (stages: readonly TrainingPart[]): number | undefined => {
  const [first] = stages;
  if (first === undefined) return undefined;
  const { overhead } = first.part;
  const parts = new Set(stages.map(({ part }) => part));
  const evaluations = new Map([...parts].map(({ evaluationKey, evaluation }) => [evaluationKey, evaluation]));
  const state = stages.reduce((most, { part, waiting }) => Math.max(most, part.state + waiting), 0);
  const steps = sum([...parts].map(({ step }) => step));
  const taken = overhead.state * state + overhead.step * steps + overhead.evaluation * sum(evaluations.values());
  return Math.ceil(overhead.process + taken);
};
