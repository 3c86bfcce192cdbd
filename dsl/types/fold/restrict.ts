/**
 * Layers and heads of the level that an operator leads to, or the sentence why it cannot: `operatorFault` and `coarseLayersAndHeads` of
 * src/schedule/operators/operator.ts for the compiler.
 */
import type {
  doesNotFit,
  indivisible,
  indivisibleHeads,
  indivisibleHidden,
  indivisibleKeyValueHeads,
  inside,
  noLayers,
  offsetNotBelowFactor,
} from '../../../src/schedule/sentences.js';
import type { MatrixFault, Rows } from '../fault/matrix-fault.js';
import type { Divide, IsBelow } from '../number/divide.js';
import type { IsLiteralNumber } from '../number/literal.js';
import type { InjectionText, PairedText } from './operator-text.js';

type LayersAndHeads = readonly [layers: number, heads: number, keyValueHeads: number, hidden: number];

/** By a factor that must divide the layers. */
type Divided<E extends LayersAndHeads, Name extends string, Factor extends number> = E[0] extends 0
  ? noLayers<Name>
  : Divide<E[0], Factor> extends infer Layers
    ? Layers extends number
      ? [Layers, E[1], E[2], E[3]]
      : indivisible<Name, Factor, E[0]>
    : never;

type Injected<E extends LayersAndHeads, Factor extends number, Offset extends number> =
  IsBelow<Offset, Factor> extends false
    ? inside<`restrict(${InjectionText<Factor, Offset>})`, offsetNotBelowFactor<Factor, Offset>>
    : Divided<E, InjectionText<Factor, Offset>, Factor>;

/** The number of layers that a matrix restricts, if it differs. */
type Misfit<Fine extends number, Layers extends number> =
  IsLiteralNumber<Fine> extends false ? never : IsLiteralNumber<Layers> extends false ? never : Fine extends Layers ? never : Fine;

type ByMatrix<E extends LayersAndHeads, R extends Rows, P extends Rows> = [MatrixFault<R, P>] extends [never]
  ? [Misfit<P['length'], E[0]>] extends [never]
    ? [R['length'], E[1], E[2], E[3]]
    : doesNotFit<P['length'], E[0]>
  : inside<'restrict(matrix)', MatrixFault<R, P>>;

type Narrowed<E extends LayersAndHeads, Name extends string, Factor extends number> = [
  Divide<E[1], Factor>,
  Divide<E[2], Factor>,
  Divide<E[3], Factor>,
] extends [infer Heads, infer KeyValueHeads, infer Hidden]
  ? Heads extends number
    ? KeyValueHeads extends number
      ? Hidden extends number
        ? [E[0], Heads, KeyValueHeads, Hidden]
        : indivisibleHidden<Name, Factor, E[3]>
      : indivisibleKeyValueHeads<Name, Factor, E[2]>
    : indivisibleHeads<Name, Factor, E[1]>
  : never;

/** An operator whose kind is not literal leads to an unknown coarser level. */
type Part<Operator, E extends LayersAndHeads> = [Operator] extends [
  { readonly kind: 'every'; readonly factor: infer Factor extends number; readonly offset: infer Offset extends number },
]
  ? Injected<E, Factor, Offset>
  : [Operator] extends [{ readonly kind: 'average'; readonly factor: infer Factor extends number }]
    ? Divided<E, PairedText<'average', Factor, Operator>, Factor>
    : [Operator] extends [{ readonly kind: 'width'; readonly factor: infer Factor extends number }]
      ? Narrowed<E, PairedText<'width', Factor, Operator>, Factor>
      : [Operator] extends [
            { readonly kind: 'matrix'; readonly restriction: infer R extends Rows; readonly prolongation: infer P extends Rows },
          ]
        ? ByMatrix<E, R, P>
        : [number, number, number, number];

type Parts<Operators extends readonly unknown[], E> = E extends LayersAndHeads
  ? Operators extends readonly [infer First, ...infer Rest]
    ? Parts<Rest, Part<First, E>>
    : Operators extends readonly []
      ? E
      : [number, number, number, number]
  : E;

export type Coarsened<Operator, E extends LayersAndHeads> = [Operator] extends [
  { readonly kind: 'compose'; readonly operators: infer Operators extends readonly unknown[] },
]
  ? Parts<Operators, E>
  : Part<Operator, E>;
