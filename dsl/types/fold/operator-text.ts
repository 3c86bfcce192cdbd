/** An operator's text: `printOperator` of src/schedule/print/stages.ts for the compiler. Computed only for a fault. */

type Joined<Parts extends readonly unknown[]> = Parts extends readonly [infer First extends string, ...infer Rest]
  ? Rest extends readonly []
    ? First
    : `${First}, ${Joined<Rest>}`
  : '';

type Numeral<N> = N extends number ? `${N}` : string;

type RowText<Row> = Row extends readonly unknown[] ? `[${Joined<{ [I in keyof Row]: Numeral<Row[I]> }>}]` : string;

type MatrixText<Rows> = Rows extends readonly unknown[] ? `[${Joined<{ [I in keyof Rows]: RowText<Rows[I]> }>}]` : string;

export type InjectionText<Factor extends number, Offset extends number> = [Factor, Offset] extends [2, 0]
  ? 'even'
  : [Factor, Offset] extends [2, 1]
    ? 'odd'
    : `every(${Factor}, ${Offset})`;

/** Neighbours are not printed. */
export type PairedText<Kind extends string, Factor extends number, Operator> = Operator extends {
  readonly pairing: infer Pair extends string;
}
  ? `${Kind}(${Factor}, pairing: ${Pair})`
  : `${Kind}(${Factor})`;

export type OperatorText<Operator> = Operator extends {
  readonly kind: 'every';
  readonly factor: infer Factor extends number;
  readonly offset: infer Offset extends number;
}
  ? InjectionText<Factor, Offset>
  : Operator extends { readonly kind: infer Kind extends 'average' | 'width'; readonly factor: infer Factor extends number }
    ? PairedText<Kind, Factor, Operator>
    : Operator extends { readonly kind: 'matrix'; readonly restriction: infer R; readonly prolongation: infer P }
      ? `matrix(${MatrixText<R>}, ${MatrixText<P>})`
      : Operator extends { readonly kind: 'compose'; readonly operators: infer Operators extends readonly unknown[] }
        ? `compose(${Joined<{ [I in keyof Operators]: OperatorText<Operators[I]> }>})`
        : string;
