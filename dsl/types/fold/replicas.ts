/**
 * Replicas whose stages are training alone, which is cut into rounds: `foldReplicas` of src/schedule/verify/fold.ts for the compiler. Not here: the
 * stages themselves (`fold.ts`); with `rounds` they are left to the verifier.
 */
import type {
  everyDoesNotDivide,
  growsInReplicas,
  inStage,
  replicasHaveNoEnd,
  replicasInReplicas,
  replicasOnlyTrain,
} from '../../../src/schedule/sentences.js';
import type { Divide } from '../number/divide.js';
import type { Training, TrainingOf } from '../stage/training.js';
import type { Fault } from './state.js';

/** What is no training: rounds would help some of it only. */
type NotTraining<Kind extends string> = Kind extends 'replicas'
  ? replicasInReplicas
  : Kind extends 'grow'
    ? growsInReplicas
    : replicasOnlyTrain<Kind>;

/** Where a stage cannot be cut, `At` is the place of the replicas, and `Inner` its own. */
type StageFault<Stage, Every extends number, At extends string, Inner extends string> = Stage extends {
  readonly kind: infer Kind extends string;
}
  ? [Kind] extends ['train']
    ? TrainingOf<Stage> extends Training<infer Length>
      ? [Length] extends [number]
        ? Divide<Length, Every> extends 'indivisible'
          ? inStage<At, everyDoesNotDivide<Every, Length>>
          : never
        : [Length] extends [{ readonly kind: 'until' }]
          ? inStage<Inner, replicasHaveNoEnd>
          : never
      : never
    : string extends Kind
      ? never
      : inStage<Inner, NotTraining<Kind>>
  : never;

/** The sentence about the first stage that cannot be cut into rounds, with its place, or never. Groups are dissolved. */
export type CutFault<
  Stages extends readonly unknown[],
  Every extends number,
  At extends string,
  Passed extends readonly unknown[] = [0],
> = number extends Stages['length']
  ? never
  : Stages extends readonly [infer First, ...infer Rest]
    ? First extends { readonly kind: 'sequence'; readonly stages: infer Grouped extends readonly unknown[] }
      ? CutFault<[...Grouped, ...Rest], Every, At, Passed>
      : [StageFault<First, Every, At, `${At}.${Passed['length'] & number}`>] extends [never]
        ? CutFault<Rest, Every, At, [...Passed, 0]>
        : Fault<StageFault<First, Every, At, `${At}.${Passed['length'] & number}`>>
    : never;
