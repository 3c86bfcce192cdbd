/** Whether a type stands for a single value, so that the compiler can compute with it. Otherwise the verifier decides. */

type IsUnion<T, Whole = T> = [T] extends [never] ? false : T extends unknown ? ([Whole] extends [T] ? false : true) : never;

/** True for one number's literal type; false for `number` and for unions. */
export type IsLiteralNumber<N> = [N] extends [number] ? (number extends N ? false : IsUnion<N> extends false ? true : false) : false;

/** True for one string's literal type; false for `string`, for unions, and for templates with a hole (which make an index signature). */
export type IsLiteralText<T> = [T] extends [string]
  ? string extends T
    ? false
    : IsUnion<T> extends true
      ? false
      : Record<never, never> extends Record<T, 1>
        ? false
        : true
  : false;
