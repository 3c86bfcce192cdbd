/**
 * Muon (Jordan et al., 2024, https://kellerjordan.github.io/posts/muon) for the matrices between hidden activations, as `torch.optim.Muon` computes
 * it, and AdamW for all other parameters:
 *
 *     m ← μ·m + (1 − μ)·g,   u = μ·m + (1 − μ)·g (Nesterov) or m,   p ← (1 − η·λ)·p − η·s·NS(u).
 *
 * NS(u) is near the orthogonal matrix U·Vᵀ of u = U·S·Vᵀ: with X = u/max(‖u‖, ε), k times X ← a·X + (b·A + c·A²)·X, where A = X·Xᵀ. The iteration
 * runs in the program's precision; PyTorch's runs in bfloat16. A matrix is [in, out] here, and [out, in] in PyTorch's `Linear`: NS commutes with the
 * transposition, and the shape factor s is of out and in, so both do the same. Not here: which parameters are matrices (`parameter-role.ts`).
 */
import type { Shape } from '../program/types/tensor-type.js';
import type { Tensor, Trace } from '../program/types/trace.js';
import type { AdamW, Muon } from '../schedule/schedule.js';
import { adamw } from './adamw.js';
import { commonScalars, decayed, learningRate, type StepTime, type UpdateRule } from './update-rule.js';

/** The sizes of the last two axes; those before them, if any, count matrices. */
const sidesOf = (shape: Shape): readonly [inputs: number, outputs: number] => {
  const [inputs, outputs] = shape.slice(-2);
  if (inputs === undefined || outputs === undefined) throw new Error(`muon orthogonalises matrices [in, out] (was [${shape}])`);
  return [inputs, outputs];
};

/**
 * The factor s of the learning rate for a matrix of that shape [in, out]. `original` (Jordan et al.): √max(1, out/in). `match-rms-adamw` (Liu et al.,
 * 2025, "Muon is scalable for LLM training"): 0.2·√max(out, in), so that an update is as large as one of AdamW.
 *
 * @example
 * shapeFactorOf('original', [64, 256]) // 2
 */
export const shapeFactorOf = (kind: Muon['shapeFactor'], shape: Shape): number => {
  const [inputs, outputs] = sidesOf(shape);
  return kind === 'original' ? Math.sqrt(Math.max(1, outputs / inputs)) : 0.2 * Math.sqrt(Math.max(outputs, inputs));
};

type Iteration = Pick<Muon, 'coefficients' | 'iterations' | 'epsilon'>;

/** max(x, least) */
const atLeast = (trace: Trace, x: Tensor, least: number): Tensor => trace.neg(trace.minimum(trace.neg(x), trace.scalar(-least)));

/** NS of each matrix [in, out] of a tensor. The products are over the smaller side, which A = X·Xᵀ or Xᵀ·X has twice. */
export const orthogonalized = (trace: Trace, matrix: Tensor, { coefficients: [a, b, c], iterations, epsilon }: Iteration): Tensor => {
  const { shape } = matrix.type;
  const [inputs, outputs] = sidesOf(shape);
  const wide = inputs <= outputs;
  const sides = [shape.length - 2, shape.length - 1];
  const norm = trace.sqrt(trace.sum(trace.mul(matrix, matrix), sides)); // [..., 1, 1]
  let x = trace.div(matrix, atLeast(trace, norm, epsilon));
  for (let time = 0; time < iterations; time += 1) {
    const gram = trace.matmul(x, x, wide ? { transposeB: true } : { transposeA: true });
    const polynomial = trace.add(trace.mul(gram, trace.scalar(b)), trace.matmul(gram, gram, { alpha: c }));
    x = trace.add(trace.mul(x, trace.scalar(a)), wide ? trace.matmul(polynomial, x) : trace.matmul(x, polynomial));
  }
  return x;
};

/** The AdamW of all parameters that are no matrices. */
export const adamwOfRest = ({ rest: { rate: _, ...betas }, learningRate, clip, weightDecay }: Muon): AdamW => ({
  kind: 'adamw',
  learningRate,
  clip,
  weightDecay,
  ...betas,
});

/** Its scalars have names of their own. */
const ofRest = (name: string): string => `rest/${name}`;

export const muon: UpdateRule<Muon> = {
  moments: (settings, role) => (role === 'matrix' ? [{ name: 'momentum', degree: 1 }] : adamw.moments(adamwOfRest(settings), role)),
  update: (settings, rule) => {
    const { trace, clip } = rule;
    const { momentum, nesterov, shapeFactor } = settings;
    const rest = adamw.update(adamwOfRest(settings), { ...rule, scalar: (name) => rule.scalar(ofRest(name)) });
    const own = trace.mul(clip, trace.scalar(1 - momentum));
    return (updatable) => {
      if (updatable.role !== 'matrix') return rest(updatable);
      const { gradient, moments, parameter } = updatable;
      const [before] = moments;
      if (before === undefined) throw new Error('muon keeps one moment of a matrix');
      const entering = trace.mul(gradient, own);
      const next = trace.add(entering, trace.mul(before, trace.scalar(momentum)));
      const looked = nesterov ? trace.add(entering, trace.mul(next, trace.scalar(momentum))) : next;
      const rate = trace.mul(learningRate(rule), trace.scalar(shapeFactorOf(shapeFactor, parameter.type.shape)));
      const change = trace.mul(orthogonalized(trace, looked, settings), rate);
      return { parameter: trace.sub(decayed(settings, rule, updatable), change), moments: [next] };
    };
  },
  scalars: (settings, { learningRate, updates }) => {
    const adam = adamwOfRest(settings);
    const time: StepTime = { learningRate: learningRate * settings.rest.rate, updates };
    return [...commonScalars(adam, time), ...adamw.scalars(adam, time)].map(([name, value]) => [ofRest(name), value] as const);
  },
};
