/** What is certain about a stage by its type, however much of it is open: whether it has an option, the option's value, the kinds of an operator. */

/** The parts of an operator, as a union. */
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
