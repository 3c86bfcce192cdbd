/**
 * AdamW (Kingma & Ba, 2015; decoupled decay of Loshchilov & Hutter, 2019): m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g²,
 * p ← p − α_t·m/(√v + ε_t). Both bias corrections are in the two scalars of a group, α_t = η·√(1 − β₂ᵗ)/(1 − β₁ᵗ) and ε_t = ε·√(1 − β₂ᵗ)
 * (Kingma & Ba, end of §2); t counts the group's own updates (docs/decisions/0003). The clipping factor is multiplied into scalars, not into the
 * gradient.
 */
import type { AdamW } from '../schedule/schedule.js';
import { largestRatio } from './moment-ratio.js';
import { decayed, timesKnown, type UpdateRule } from './update-rule.js';

const stepSize = (group: string): string => `${group}/step-size`;
const epsilonOf = (group: string): string => `${group}/epsilon`;

export const adamw: UpdateRule<AdamW> = {
  moments: (betas) => [
    { name: 'first-moment', degree: 1 },
    { name: 'second-moment', degree: 2, bound: { first: 'first-moment', ratio: largestRatio(betas) } },
  ],
  update: (settings, rule) => {
    const { beta1, beta2 } = settings;
    const { trace, clip, scalar } = rule;
    const firstFactor = trace.mul(clip, trace.scalar(1 - beta1));
    const secondFactor = trace.mul(trace.mul(clip, clip), trace.scalar(1 - beta2));
    return (updatable) => {
      const { group, gradient, moments, scales } = updatable;
      const [first, second] = moments;
      if (first === undefined || second === undefined) throw new Error('adamw keeps two moments');
      const m = trace.add(trace.mul(gradient, firstFactor), trace.mul(first, trace.scalar(beta1)));
      const v = trace.add(trace.mul(trace.mul(gradient, gradient), secondFactor), trace.mul(second, trace.scalar(beta2)));
      const direction = trace.div(m, trace.add(trace.sqrt(v), timesKnown(rule, scalar(epsilonOf(group)), scales?.epsilon)));
      const change = trace.mul(direction, timesKnown(rule, scalar(stepSize(group)), scales?.rate));
      return { parameter: trace.sub(decayed(settings, rule, updatable), change), moments: [m, v] };
    };
  },
  scalars: ({ beta1, beta2, epsilon }, { learningRate, updates }) =>
    [...updates].flatMap(([group, count]) => {
      const secondCorrection = Math.sqrt(1 - beta2 ** count);
      return [
        [stepSize(group), (learningRate * secondCorrection) / (1 - beta1 ** count)],
        [epsilonOf(group), epsilon * secondCorrection],
      ];
    }),
};
