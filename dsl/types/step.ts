/** One stage of the fold: the state after it, or the sentence why it does not fit. `foldStage` of src/schedule/verify.ts for the compiler. */
import type { emptyRepeat, growsCoarse, growsInArm, inStage, leavesBranch, noFinerLevel } from '../../src/schedule/sentences.js';
import type { Branched } from './branch.js';
import type { Fold } from './fold.js';
import type { Deepened } from './grow.js';
import type { IsLiteralNumber } from './literal.js';
import type { Coarsened } from './restrict.js';
import type { Counted, Deferred, Fault, Known, State } from './state.js';

/** Where the next stage stands: `3`, or `2.1` inside a repeat. */
type Place<S extends Known, Prefix extends string> = `${Prefix}${Counted<S>['count']['length'] & number}`;

type Restricted<S extends Known, Operator, Prefix extends string> =
  Coarsened<Operator, [S['stack'][0] & number, S['heads'][0] & number]> extends infer Extent
    ? Extent extends readonly [infer Layers extends number, infer Heads extends number]
      ? Counted<S, [Layers, ...S['stack']], [Heads, ...S['heads']]>
      : Fault<inStage<Place<S, Prefix>, Extent & string>>
    : never;

type Grown<S extends Known, Growth, Prefix extends string> = S['base'] extends readonly []
  ? GrownOutside<S, Growth, Prefix>
  : Fault<inStage<Place<S, Prefix>, growsInArm>>;

type GrownOutside<S extends Known, Growth, Prefix extends string> = S['stack'] extends readonly [
  infer Layers extends number,
  ...infer Finer,
]
  ? Finer extends readonly []
    ? Deepened<Growth, Layers> extends infer Deeper
      ? Deeper extends number
        ? Counted<S, [Deeper]>
        : Fault<inStage<Place<S, Prefix>, Deeper & string>>
      : never
    : Fault<inStage<Place<S, Prefix>, growsCoarse<Finer['length']>>>
  : never;

type HeadsOfFiner<Heads extends readonly number[]> = Heads extends readonly [unknown, ...infer Finer extends readonly number[]]
  ? Finer
  : Heads;

type Prolongated<S extends Known, Prefix extends string> = S['stack'] extends readonly [
  unknown,
  infer Finer extends number,
  ...infer Rest extends readonly number[],
]
  ? S['stack']['length'] extends S['base']['length']
    ? Fault<inStage<Place<S, Prefix>, leavesBranch<[0, ...Rest]['length']>>>
    : Counted<S, [Finer, ...Rest], HeadsOfFiner<S['heads']>>
  : Fault<inStage<Place<S, Prefix>, noFinerLevel>>;

/** Passes until one changes nothing, all are done, or the compiler has seen enough. The first pass happens whatever `Times` is. */
type Passes<
  Stack extends readonly number[],
  Base extends readonly number[],
  Heads extends readonly number[],
  Body extends readonly unknown[],
  Times extends number,
  Prefix extends string,
  Done extends readonly unknown[] = [0],
> =
  Fold<Body, Known<Stack, [], Base, Heads>, Prefix> extends infer After
    ? After extends Known<infer Next, readonly unknown[], readonly number[], infer NextHeads>
      ? IsSame<[Stack, Heads], [Next, NextHeads]> extends true
        ? After
        : IsLiteralNumber<Times> extends false
          ? Deferred
          : Done['length'] extends Times
            ? After
            : Done['length'] extends 40
              ? Deferred
              : Passes<Next, Base, NextHeads, Body, Times, Prefix, [...Done, 0]>
      : After
    : never;

type IsSame<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

type Repeated<S extends Known, Times extends number, Body extends readonly unknown[], Prefix extends string> =
  Passes<S['stack'], S['base'], S['heads'], Body, Times, `${Place<S, Prefix>}.`> extends infer After
    ? After extends Known
      ? Counted<S, After['stack'], After['heads']>
      : After
    : never;

/** The state after one stage; `Deferred` for a stage whose kind is not literal. */
export type Step<S extends Known, Stage, Prefix extends string> = [Stage] extends [{ readonly kind: 'train' }]
  ? Counted<S>
  : [Stage] extends [{ readonly kind: 'restrict'; readonly operator: infer Operator }]
    ? Restricted<S, Operator, Prefix>
    : [Stage] extends [{ readonly kind: 'prolongate' }]
      ? Prolongated<S, Prefix>
      : [Stage] extends [{ readonly kind: 'sequence'; readonly stages: infer Inner extends readonly unknown[] }]
        ? Fold<Inner, S, Prefix>
        : [Stage] extends [
              {
                readonly kind: 'repeat';
                readonly times: infer Times extends number;
                readonly stages: infer Body extends readonly unknown[];
              },
            ]
          ? Repeated<S, Times, Body, Prefix>
          : [Stage] extends [{ readonly kind: 'grow'; readonly growth: infer Growth }]
            ? Grown<S, Growth, Prefix>
            : [Stage] extends [
                  {
                    readonly kind: 'branch';
                    readonly arms: infer Arms extends readonly unknown[];
                    readonly shared: infer Shared;
                  },
                ]
              ? Branched<S, Arms, Shared, Place<S, Prefix>>
              : [Stage] extends [{ readonly kind: 'repeat'; readonly factor: number }]
                ? Fault<emptyRepeat>
                : Deferred;

/** Narrows what a step gave. */
export type AsState<S> = S extends State ? S : never;
