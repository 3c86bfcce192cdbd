/** What is certain of a stage by its type, whatever is left open in it: what it has, what an option is, of which kinds an operator is. */

/** Operators that an operator is made of, as a union. */
export type PartsOf<Operator> = Operator extends {
  readonly kind: 'compose';
  readonly operators: infer Operators extends readonly unknown[];
}
  ? Operators[number]
  : Operator;

/** Whether a stage certainly has an option, whatever its value. */
export type Has<Stage, Option extends string> = Stage extends { readonly [O in Option]: infer Value }
  ? [Value] extends [undefined]
    ? false
    : true
  : false;

/** Whether an option is certainly this. */
export type Is<Stage, Option extends string, Value> = Stage extends { readonly [O in Option]: infer Given }
  ? [Given] extends [never]
    ? false
    : [Given] extends [Value]
      ? true
      : false
  : false;

/** Whether all operators are certainly of these kinds. */
export type IsOf<Operator, Kind extends string> = [PartsOf<Operator>] extends [{ readonly kind: Kind }] ? true : false;
