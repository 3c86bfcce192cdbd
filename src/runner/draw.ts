/** Drawing a token from logits. Pure. */

/** The options of drawing. */
export interface Drawing {
  /** Divides the logits; 0 takes the likeliest token. */
  readonly temperature: number;
  /** Only this many of the likeliest tokens are drawn from; 0 draws from all. */
  readonly topK: number;
  /** Only the likeliest tokens are drawn from, as many as needed for their probabilities to add up to this; 1, the default, draws from all. */
  readonly topP?: number | undefined;
}

/** Draws an index from the logits. */
export const draw = (logits: ArrayLike<number>, { temperature, topK, topP = 1 }: Drawing, uniform: () => number): number => {
  const best = likeliest(logits);
  if (temperature === 0) return best;
  const highest = logits[best] ?? Number.NaN;
  // A vocabulary may have 50,257 tokens: sorting plain numbers takes a fraction of the time of sorting tokens by them.
  const falling = new Float64Array(logits).sort().reverse();
  const weights = (topK > 0 ? falling.subarray(0, topK) : falling).map((logit) => Math.exp((logit - highest) / temperature));
  const kept = topP < 1 ? weights.subarray(0, nucleus(weights, topP)) : weights;
  const rank = rankAt(kept, uniform() * kept.reduce((sum, weight) => sum + weight, 0));
  return tokenAt(logits, falling, rank);
};

/** The first rank up to which the weights add up to this. */
const rankAt = (weights: Float64Array, share: number): number => {
  let left = share;
  for (let rank = 0; rank < weights.length; rank++) {
    left -= weights[rank] ?? 0;
    if (left <= 0) return rank;
  }
  return weights.length - 1;
};

/** The token of that rank; among equal logits the first token ranks higher. */
const tokenAt = (logits: ArrayLike<number>, falling: Float64Array, rank: number): number => {
  const logit = falling[rank];
  let token = -1;
  for (let place = falling.indexOf(logit ?? Number.NaN); place <= rank; place++) {
    token++;
    while (token < logits.length && logits[token] !== logit) token++;
  }
  return token;
};

/** The first of the largest. */
const likeliest = (logits: ArrayLike<number>): number => {
  if (logits.length === 0) throw new Error('there are no logits to draw from');
  let best = 0;
  for (let token = 1; token < logits.length; token++) if ((logits[token] ?? 0) > (logits[best] ?? 0)) best = token;
  return best;
};

/** How many of the descending weights make up at least this share of their sum (Holtzman et al., 2020). */
const nucleus = (weights: Float64Array, share: number): number => {
  const wanted = share * weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  for (let rank = 0; rank < weights.length; rank++) {
    sum += weights[rank] ?? 0;
    if (sum >= wanted) return rank + 1;
  }
  return weights.length;
};
