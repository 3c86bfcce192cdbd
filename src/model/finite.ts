/**
 * Whether all weights of a model are finite: a network that contains a NaN or an infinity is useless. Every value is checked. Not here: losses
 * (`src/runner/stages`), the consequences for a run.
 */

/** The part of a sentence that says that some weights are not finite: how many, and in which tensor the first one is. */
export interface NotFinite {
  readonly kind: 'not-finite';
  readonly message: string;
}

/** Tensors by their names. */
type Tensors = Iterable<readonly [name: string, tensor: { readonly data: ArrayLike<number> }]>;

const notFiniteIn = (data: ArrayLike<number>): number => {
  let count = 0;
  // A plain loop, since there are millions: only for NaN and the infinities is x − x not 0.
  for (let index = 0; index < data.length; index++) {
    const value = data[index] as number;
    if (value - value !== 0) count += 1;
  }
  return count;
};

/**
 * Undefined where all weights are finite.
 *
 * @example
 * notFinite([['norm.weight', { data: Float32Array.of(1, Number.NaN) }]])?.message // '1 of 2 weights is not finite, in norm.weight'
 */
export const notFinite = (tensors: Tensors): NotFinite | undefined => {
  let all = 0;
  let bad = 0;
  let first: string | undefined;
  for (const [name, { data }] of tensors) {
    const here = notFiniteIn(data);
    if (here > 0) first ??= name;
    all += data.length;
    bad += here;
  }
  if (first === undefined) return undefined;
  const message =
    bad === 1 ? `1 of ${all} weights is not finite, in ${first}` : `${bad} of ${all} weights are not finite, the first in ${first}`;
  return { kind: 'not-finite', message };
};
