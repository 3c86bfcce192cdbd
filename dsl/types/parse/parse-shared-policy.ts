/** How arms are merged, in the text form: src/schedule/text/shared-policy.ts for the compiler. */
import type { mustBe, wrongWeight } from '../../../src/schedule/sentences.js';
import type { expected } from '../../../src/schedule/text/sentences.js';
import type { sharedChoices } from '../../../src/schedule/text/shared-policy.js';
import type { WeightFault } from '../fault/weight-fault.js';
import type { Deferred } from '../fold/state.js';
import type { MostListed } from '../number/limits.js';
import type { Open, Parsed, Unparsed } from './parse-number.js';
import type { After, IsWord, Shown, Token } from './words.js';

/** The numeral itself stands for the weight. */
type Weight<Rest extends string> =
  Token<Rest> extends infer Taken extends string
    ? IsWord<Taken> extends false
      ? Unparsed<wrongWeight<Shown<Taken>>, Rest>
      : [WeightFault<Taken>] extends [never]
        ? Parsed<Taken, After<Rest, Taken>>
        : Unparsed<WeightFault<Taken>, Rest>
    : never;

/** After a weight: the rest of the weights. */
type Weights<Rest extends string, Found extends readonly unknown[]> =
  Token<Rest> extends infer Taken
    ? Taken extends ')'
      ? Parsed<{ readonly kind: 'weighted'; readonly weights: Found }, After<Rest, ')'>>
      : Taken extends ','
        ? Weight<After<Rest, ','>> extends infer W
          ? W extends Parsed<infer More, infer Next>
            ? Found['length'] extends MostListed
              ? Deferred
              : Weights<Next, [...Found, More]>
            : W
          : never
        : Unparsed<expected<'"," or ")"', Shown<Token<Rest>>>, Rest>
    : never;

type Weighted<Rest extends string> =
  Open<Rest> extends infer O
    ? O extends Parsed<unknown, infer First>
      ? Weight<First> extends infer W
        ? W extends Parsed<infer Only, infer Next>
          ? Weights<Next, [Only]>
          : W
        : never
      : O
    : never;

export type SharedPolicy<Rest extends string> =
  Token<Rest> extends infer Taken extends string
    ? Taken extends 'average' | 'last'
      ? Parsed<{ readonly kind: Taken }, After<Rest, Taken>>
      : Taken extends 'weighted'
        ? Weighted<After<Rest, Taken>>
        : Unparsed<mustBe<'shared', typeof sharedChoices, Shown<Taken>>, Rest>
    : never;
