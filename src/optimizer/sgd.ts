/**
 * SGD with momentum, as PyTorch's without dampening: m ← μ·m + g, p ← p − η·m. It has one moment, of degree one in the gradient. μ = 0 is plain SGD;
 * the moment is then the last gradient.
 */
import type { Sgd } from '../schedule/schedule.js';
import { decayed, learningRate, type UpdateRule } from './update-rule.js';

export const sgd: UpdateRule<Sgd> = {
  moments: () => [{ name: 'momentum', degree: 1 }],
  update: (settings, rule) => (updatable) => {
    const { trace, clip } = rule;
    const { gradient, moments } = updatable;
    const [momentum] = moments;
    if (momentum === undefined) throw new Error('sgd keeps one moment');
    const next = trace.add(trace.mul(gradient, clip), trace.mul(momentum, trace.scalar(settings.momentum)));
    const change = trace.mul(next, learningRate(rule));
    return { parameter: trace.sub(decayed(settings, rule, updatable), change), moments: [next] };
  },
  scalars: () => [],
};
