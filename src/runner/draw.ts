/** Drawing a token from logits. Pure. */

/** How it is drawn. */
export interface Drawing {
  /** Divides the logits; 0 takes the likeliest token. */
  readonly temperature: number;
  /** Only this many of the likeliest tokens are drawn from; 0 draws from all. */
  readonly topK: number;
  /** Only the likeliest tokens are drawn from, so many that their probabilities add up to this; 1, the default, draws from all. */
  readonly topP?: number | undefined;
}

/** Draws an index from the logits. */
export const draw = (logits: ArrayLike<number>, { temperature, topK, topP = 1 }: Drawing, uniform: () => number): number => {
  const logitOf = (token: number): number => logits[token] ?? Number.NaN;
  const best = likeliest(logits);
  if (temperature === 0) return best;
  const ranked = Array.from(logits, (_, token) => token).sort((a, b) => logitOf(b) - logitOf(a));
  const among = topK > 0 ? ranked.slice(0, topK) : ranked;
  const weights = among.map((token) => Math.exp((logitOf(token) - logitOf(best)) / temperature));
  const kept = topP < 1 ? nucleus(weights, topP) : among.length;
  let left = uniform() * weights.slice(0, kept).reduce((sum, weight) => sum + weight, 0);
  for (let index = 0; index < kept; index++) {
    left -= weights[index] ?? 0;
    if (left <= 0) return among[index] ?? best;
  }
  return among[kept - 1] ?? best;
};

/** The first of the largest. */
const likeliest = (logits: ArrayLike<number>): number => {
  if (logits.length === 0) throw new Error('there are no logits to draw from');
  let best = 0;
  for (let token = 1; token < logits.length; token++) if ((logits[token] ?? 0) > (logits[best] ?? 0)) best = token;
  return best;
};

/** How many of the weights, which fall, are at least this share of them all (Holtzman et al., 2020). */
const nucleus = (weights: readonly number[], share: number): number => {
  const wanted = share * weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  for (const [index, weight] of weights.entries()) {
    sum += weight;
    if (sum >= wanted) return index + 1;
  }
  return weights.length;
};
