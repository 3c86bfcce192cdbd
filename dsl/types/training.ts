/** A training stage as the fold reads it, in both forms. */

/**
 * `Length`: a number of steps; or `{ kind: 'until', end, atMost }`, the end with its literals. `Only`: `'new'`; layers and ranges of layers, in
 * order; `undefined` for all.
 */
export interface Training<Length, Only> {
  readonly kind: 'train';
  readonly length: Length;
  readonly only: Only;
}
