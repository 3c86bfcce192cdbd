/** One stage of the fold: the state after it, or the sentence why it does not fit. `foldStage` of src/schedule/verify.ts for the compiler. */
import type { indivisible, inStage, inside, noFinerLevel, offsetNotBelowFactor } from '../../src/schedule/sentences.js';
import type { Divide, IsBelow } from './divide.js';
import type { Fold } from './fold.js';
import type { IsLiteralNumber } from './literal.js';
import type { Counted, Deferred, Fault, Known, State } from './state.js';

/** Where the next stage stands: `3`, or `2.1` inside a repeat. */
type Place<S extends Known, Prefix extends string> = `${Prefix}${Counted<S>['count']['length'] & number}`;

/** An operator's text, as `printOperator` of src/schedule/text/print.ts. */
type OperatorText<Factor extends number, Offset extends number> = [Factor, Offset] extends [2, 0]
  ? 'even'
  : [Factor, Offset] extends [2, 1]
    ? 'odd'
    : `every(${Factor}, ${Offset})`;

type Restricted<S extends Known, Factor extends number, Offset extends number, Prefix extends string> =
  IsBelow<Offset, Factor> extends false
    ? Fault<inStage<Place<S, Prefix>, inside<`restrict(${OperatorText<Factor, Offset>})`, offsetNotBelowFactor<Factor, Offset>>>>
    : Divide<S['stack'][0] & number, Factor> extends infer Layers
      ? Layers extends number
        ? Counted<S, [Layers, ...S['stack']]>
        : Fault<inStage<Place<S, Prefix>, indivisible<OperatorText<Factor, Offset>, Factor, S['stack'][0] & number>>>
      : never;

type Prolongated<S extends Known, Prefix extends string> = S['stack'] extends readonly [
  unknown,
  infer Finer extends number,
  ...infer Rest extends readonly number[],
]
  ? Counted<S, [Finer, ...Rest]>
  : Fault<inStage<Place<S, Prefix>, noFinerLevel>>;

/** Passes until one changes nothing, all are done, or the compiler has seen enough. The first pass happens whatever `Times` is. */
type Passes<
  Stack extends readonly number[],
  Body extends readonly unknown[],
  Times extends number,
  Prefix extends string,
  Done extends readonly unknown[] = [0],
> =
  Fold<Body, Known<Stack, []>, Prefix> extends infer After
    ? After extends Known<infer Next, readonly unknown[]>
      ? IsSame<Stack, Next> extends true
        ? After
        : IsLiteralNumber<Times> extends false
          ? Deferred
          : Done['length'] extends Times
            ? After
            : Done['length'] extends 40
              ? Deferred
              : Passes<Next, Body, Times, Prefix, [...Done, 0]>
      : After
    : never;

type IsSame<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

type Repeated<S extends Known, Times extends number, Body extends readonly unknown[], Prefix extends string> =
  Passes<S['stack'], Body, Times, `${Place<S, Prefix>}.`> extends infer After
    ? After extends Known
      ? Counted<S, After['stack']>
      : After
    : never;

/** The state after one stage; `Deferred` for a stage whose kind is not literal. */
export type Step<S extends Known, Stage, Prefix extends string> = [Stage] extends [{ readonly kind: 'train' }]
  ? Counted<S>
  : [Stage] extends [
        {
          readonly kind: 'restrict';
          readonly operator: { readonly factor: infer Factor extends number; readonly offset: infer Offset extends number };
        },
      ]
    ? Restricted<S, Factor, Offset, Prefix>
    : [Stage] extends [{ readonly kind: 'prolongate' }]
      ? Prolongated<S, Prefix>
      : [Stage] extends [
            { readonly kind: 'repeat'; readonly times: infer Times extends number; readonly stages: infer Body extends readonly unknown[] },
          ]
        ? Repeated<S, Times, Body, Prefix>
        : [Stage] extends [{ readonly kind: 'sequence'; readonly stages: infer Inner extends readonly unknown[] }]
          ? Fold<Inner, S, Prefix>
          : Deferred;

/** Narrows what a step gave. */
export type AsState<S> = S extends State ? S : never;
