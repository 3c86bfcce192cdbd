/**
 * The bound of m²/v, which limits how far an AdamW update moves a weight: α_t·m/(√v + ε_t) is at most √(1 − β₂ᵗ)/(1 − β₁ᵗ)·√(m²/v) learning rates.
 *
 * After one step m²/v = r becomes, whatever the gradient g, at most (β₁²/β₂)·r + (1 − β₁)²/(1 − β₂), since by Cauchy–Schwarz (β₁·m + (1 − β₁)·g)² ≤
 * (β₁²/β₂ · m²/v + (1 − β₁)²/(1 − β₂)) · (β₂·v + (1 − β₂)·g²), with equality for some g. Starting from zeros, the ratio thus climbs towards the fixed
 * point of that map and stays below it: {m² ≤ ratio · v} contains every state that the rule itself reaches. Not here: the rule (`adamw.ts`), how
 * transfers stay in that set (`src/transfer/blend.ts`).
 */
export interface Betas {
  readonly beta1: number;
  readonly beta2: number;
}

/** A transfer may not cause an update of more learning rates than this, whatever the rule itself could reach. */
export const MOST_RATES = 10;

/** The largest m²/v after one more update, over all gradients. */
export const ratioAfter = ({ beta1, beta2 }: Betas, ratio: number): number =>
  (ratio === 0 ? 0 : (beta1 ** 2 / beta2) * ratio) + (1 - beta1) ** 2 / (1 - beta2);

/**
 * The largest m²/v that updates reach from zeros, at most `MOST_RATES`² (where β₁² ≥ β₂ there is no bound).
 *
 * @example
 * largestRatio({ beta1: 0.9, beta2: 0.99 }) // 5.5
 */
export const largestRatio = ({ beta1, beta2 }: Betas): number => {
  const factor = beta2 === 0 ? Number.POSITIVE_INFINITY : beta1 ** 2 / beta2;
  return factor < 1 ? Math.min((1 - beta1) ** 2 / (1 - beta2) / (1 - factor), MOST_RATES ** 2) : MOST_RATES ** 2;
};

/** The largest update of a weight whose moments have this m²/v once the update has entered them, in learning rates. @param count updates, this one included */
export const largestUpdate = ({ beta1, beta2 }: Betas, ratio: number, count: number): number =>
  (Math.sqrt(1 - beta2 ** count) / (1 - beta1 ** count)) * Math.sqrt(ratio);
