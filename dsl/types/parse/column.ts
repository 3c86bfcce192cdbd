/** The 1-based column at which a rest begins in a text. Computed only for a fault. */

type Ten = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

type Length<
  Text extends string,
  Counted extends readonly unknown[] = [],
> = Text extends `${infer _0}${infer _1}${infer _2}${infer _3}${infer _4}${infer _5}${infer _6}${infer _7}${infer _8}${infer _9}${infer Rest}`
  ? Length<Rest, [...Counted, ...Ten]>
  : Text extends `${infer _0}${infer Rest}`
    ? Length<Rest, [...Counted, 0]>
    : Counted;

export type ColumnOf<Text extends string, Rest extends string> = Text extends `${infer Read}${Rest}`
  ? [...Length<Read>, 0]['length'] extends infer Column extends number
    ? Column
    : never
  : never;
