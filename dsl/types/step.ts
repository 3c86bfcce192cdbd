/** One stage of the fold: the state after it, or the sentence why it does not fit. `foldStage` of src/schedule/verify.ts for the compiler. */
import type {
  doesNotFit,
  emptyRepeat,
  growsCoarse,
  growsInArm,
  indivisible,
  inStage,
  inside,
  leavesBranch,
  noFinerLevel,
  noLayers,
  offsetNotBelowFactor,
} from '../../src/schedule/sentences.js';
import type { Branched } from './branch.js';
import type { Divide, IsBelow } from './divide.js';
import type { Fold } from './fold.js';
import type { Deepened } from './grow.js';
import type { IsLiteralNumber } from './literal.js';
import type { MatrixFault, Rows } from './matrix-fault.js';
import type { Counted, Deferred, Fault, Known, State } from './state.js';

/** Where the next stage stands: `3`, or `2.1` inside a repeat. */
type Place<S extends Known, Prefix extends string> = `${Prefix}${Counted<S>['count']['length'] & number}`;

/** An injection's text, as `printOperator` of src/schedule/text/print.ts. */
type EveryText<Factor extends number, Offset extends number> = [Factor, Offset] extends [2, 0]
  ? 'even'
  : [Factor, Offset] extends [2, 1]
    ? 'odd'
    : `every(${Factor}, ${Offset})`;

/** One level coarser, by a factor that must divide the layers. */
type Divided<S extends Known, Name extends string, Factor extends number, Prefix extends string> = S['stack'][0] extends 0
  ? Fault<inStage<Place<S, Prefix>, noLayers<Name>>>
  : Divide<S['stack'][0] & number, Factor> extends infer Layers
    ? Layers extends number
      ? Counted<S, [Layers, ...S['stack']]>
      : Fault<inStage<Place<S, Prefix>, indivisible<Name, Factor, S['stack'][0] & number>>>
    : never;

type Injected<S extends Known, Factor extends number, Offset extends number, Prefix extends string> =
  IsBelow<Offset, Factor> extends false
    ? Fault<inStage<Place<S, Prefix>, inside<`restrict(${EveryText<Factor, Offset>})`, offsetNotBelowFactor<Factor, Offset>>>>
    : Divided<S, EveryText<Factor, Offset>, Factor, Prefix>;

/** Layers that a matrix restricts, if they are not those that there are. */
type Misfit<Fine extends number, Layers extends number> =
  IsLiteralNumber<Fine> extends false ? never : IsLiteralNumber<Layers> extends false ? never : Fine extends Layers ? never : Fine;

type ByMatrix<S extends Known, R extends Rows, P extends Rows, Prefix extends string> = [MatrixFault<R, P>] extends [never]
  ? [Misfit<P['length'], S['stack'][0] & number>] extends [never]
    ? Counted<S, [R['length'], ...S['stack']]>
    : Fault<inStage<Place<S, Prefix>, doesNotFit<P['length'], S['stack'][0] & number>>>
  : Fault<inStage<Place<S, Prefix>, inside<'restrict(matrix)', MatrixFault<R, P>>>>;

/** An operator whose kind is not literal leads to some coarser level. */
type Restricted<S extends Known, Operator, Prefix extends string> = [Operator] extends [
  { readonly kind: 'every'; readonly factor: infer Factor extends number; readonly offset: infer Offset extends number },
]
  ? Injected<S, Factor, Offset, Prefix>
  : [Operator] extends [{ readonly kind: 'average'; readonly factor: infer Factor extends number }]
    ? Divided<S, `average(${Factor})`, Factor, Prefix>
    : [Operator] extends [
          { readonly kind: 'matrix'; readonly restriction: infer R extends Rows; readonly prolongation: infer P extends Rows },
        ]
      ? ByMatrix<S, R, P, Prefix>
      : Counted<S, [number, ...S['stack']]>;

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

type Prolongated<S extends Known, Prefix extends string> = S['stack'] extends readonly [
  unknown,
  infer Finer extends number,
  ...infer Rest extends readonly number[],
]
  ? S['stack']['length'] extends S['base']['length']
    ? Fault<inStage<Place<S, Prefix>, leavesBranch<[0, ...Rest]['length']>>>
    : Counted<S, [Finer, ...Rest]>
  : Fault<inStage<Place<S, Prefix>, noFinerLevel>>;

/** Passes until one changes nothing, all are done, or the compiler has seen enough. The first pass happens whatever `Times` is. */
type Passes<
  Stack extends readonly number[],
  Base extends readonly number[],
  Body extends readonly unknown[],
  Times extends number,
  Prefix extends string,
  Done extends readonly unknown[] = [0],
> =
  Fold<Body, Known<Stack, [], Base>, Prefix> extends infer After
    ? After extends Known<infer Next, readonly unknown[]>
      ? IsSame<Stack, Next> extends true
        ? After
        : IsLiteralNumber<Times> extends false
          ? Deferred
          : Done['length'] extends Times
            ? After
            : Done['length'] extends 40
              ? Deferred
              : Passes<Next, Base, Body, Times, Prefix, [...Done, 0]>
      : After
    : never;

type IsSame<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

type Repeated<S extends Known, Times extends number, Body extends readonly unknown[], Prefix extends string> =
  Passes<S['stack'], S['base'], Body, Times, `${Place<S, Prefix>}.`> extends infer After
    ? After extends Known
      ? Counted<S, After['stack']>
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
