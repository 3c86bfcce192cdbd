/** How replicas are merged. Data only, as all of the schedule. Not here: the outer step (`src/transfer/outer.ts`). */

/**
 * What makes one network of the replicas after a round, from the network θ with which the round began and the mean Δ of θ − θᵢ over the replicas, as if
 * that were a gradient.
 */
export type OuterOptimizer =
  /** θ ← θ − Δ: their mean. */
  | { readonly kind: 'average' }
  /** v ← momentum·v + Δ, θ ← θ − rate·(Δ + momentum·v), with v = 0 at the beginning: SGD with Nesterov momentum, as PyTorch has it. */
  | { readonly kind: 'nesterov'; readonly rate: number; readonly momentum: number };
