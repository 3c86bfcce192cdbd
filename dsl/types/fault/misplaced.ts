/**
 * The shape of the arguments of `pipeline`: one text, then the numbers of its names; or stages. `misplacedFault` of dsl/misplaced.ts for the
 * compiler. Not here: what the stages mean (`../pipeline-arguments.ts`).
 */
import type { afterText, notStage } from '../../../src/schedule/sentences.js';
import type { MostStages } from '../number/limits.js';

type IsAny<T> = 0 extends 1 & T ? true : false;

/** How a sentence names an argument; `unknown` where its type may be several of the three. */
type Named<Argument> =
  IsAny<Argument> extends true
    ? unknown
    : [Argument] extends [string]
      ? 'a text'
      : [Argument] extends [{ readonly kind: string }]
        ? 'a stage'
        : [Argument] extends [{ readonly [name: string]: number }]
          ? 'numbers of names'
          : unknown;

/** After a text. */
type AfterText<Text, Rest extends readonly unknown[]> = Rest extends readonly [infer Values, ...infer More]
  ? Named<Values> extends infer Was extends 'a text' | 'a stage'
    ? [Text, afterText<Was>, ...More]
    : More extends readonly [unknown, ...infer Others]
      ? [Text, Values, afterText<'one argument more'>, ...Others]
      : never
  : never;

type AmongStages<Rest extends readonly unknown[], Passed extends readonly unknown[] = []> = Rest extends readonly [
  infer Argument,
  ...infer Later,
]
  ? Passed['length'] extends MostStages
    ? never
    : Named<Argument> extends infer Was extends 'a text' | 'numbers of names'
      ? [...Passed, notStage<[...Passed, 0]['length'], Was>, ...Later]
      : AmongStages<Later, [...Passed, Argument]>
  : never;

/** The arguments with a sentence in place of the first misplaced one; never if there is none. */
export type Misplaced<Arguments extends readonly unknown[]> = Arguments extends readonly [infer First, ...infer Rest]
  ? Named<First> extends 'a text'
    ? AfterText<First, Rest>
    : AmongStages<Arguments>
  : never;
