/**
 * Update rules as programs: SGD with momentum, and AdamW; both after clipping the gradient by its global norm. What changes from
 * step to step (rates, bias corrections) enters as scalars, which `scalars.ts` computes.
 *
 * What waits for the gradient is traced after it, the last layer's first: runtimes that order operations by need and then by place
 * in the program would otherwise make those values early and hold them through the whole backward pass.
 */
import { match } from 'ts-pattern';
import type { Tensor, Trace } from '../program/trace.js';
import type { Tracer } from '../program/tracer.js';
import type { AdamW, Optimizer, Sgd } from '../schedule/schedule.js';
import { packed, type Updatable, type Updated } from './packs.js';

export type { Updatable, Updated } from './packs.js';

/** One of the optimizer's tensors beside a parameter. */
export interface Moment {
  readonly name: string;
  /** It is of that degree in the gradient: a gradient k times as large makes it k^degree times as large. */
  readonly degree: 1 | 2;
}

/** The optimizer's state of one parameter. */
export const momentsOf = (optimizer: Optimizer): readonly Moment[] =>
  match(optimizer)
    .returnType<readonly Moment[]>()
    .with({ kind: 'sgd' }, () => [{ name: 'momentum', degree: 1 }])
    .with({ kind: 'adamw' }, () => [
      { name: 'first-moment', degree: 1 },
      { name: 'second-moment', degree: 2 },
    ])
    .exhaustive();

export const momentNames = (optimizer: Optimizer): readonly string[] => momentsOf(optimizer).map(({ name }) => name);

/** Names of the scalar inputs. */
export const scalarNames = {
  learningRate: 'learning-rate',
  /** 1 − learning rate · weight decay */
  decay: 'decay',
  /** AdamW's learning rate with a group's bias corrections in it. */
  stepSize: (group: string): string => `${group}/step-size`,
  epsilon: (group: string): string => `${group}/epsilon`,
} as const;

/** As PyTorch's `clip_grad_norm_`. */
const CLIP_EPSILON = 1e-6;

export const update = (
  trace: Tracer,
  optimizer: Optimizer,
  updatables: readonly Updatable[],
): { readonly gradientNorm: Tensor; readonly tensors: readonly Updated[] } => {
  const packs = packed(trace, updatables);
  const squares = packs.map(({ whole }) => trace.sumOfSquares(whole.gradient));
  const gradientNorm = trace.sqrt(squares.reduceRight((total, square) => trace.add(total, square)));
  const clip =
    optimizer.clip > 0
      ? trace.minimum(trace.scalar(1), trace.div(trace.scalar(optimizer.clip), trace.add(gradientNorm, trace.scalar(CLIP_EPSILON))))
      : trace.scalar(1);
  const inputs = new Map<string, Tensor>();
  const scalar = (name: string): Tensor => {
    const known = inputs.get(name) ?? trace.input(name, 'scalar', { dtype: 'f32', shape: [] });
    inputs.set(name, known);
    return known;
  };
  /** Decoupled decay (Loshchilov & Hutter, 2019), on matrices only. */
  const decayed = (parameter: Tensor): Tensor =>
    optimizer.weightDecay > 0 && parameter.type.shape.length >= 2 ? trace.mul(parameter, scalar(scalarNames.decay)) : parameter;
  const rule = match(optimizer)
    .with({ kind: 'sgd' }, (sgd) => sgdRule(trace, sgd, clip, scalar))
    .with({ kind: 'adamw' }, (adamw) => adamwRule(trace, adamw, clip, scalar))
    .exhaustive();
  const tensors: Updated[] = [];
  for (const { whole, unpack, places } of packs) {
    const { change, moments } = rule(whole);
    const updated = unpack({ parameter: trace.sub(decayed(whole.parameter), change), moments });
    for (const [part, place] of places.entries()) tensors[place] = updated[part] as Updated;
  }
  return { gradientNorm, tensors };
};

/** What is to be subtracted from a parameter, and its next moments. */
type Rule = (updatable: Updatable) => { readonly change: Tensor; readonly moments: readonly Tensor[] };
type Scalar = (name: string) => Tensor;

/** m ← μ·m + g, p ← p − η·m (as PyTorch's SGD, without dampening) */
const sgdRule =
  (trace: Trace, { momentum }: Sgd, clip: Tensor, scalar: Scalar): Rule =>
  ({ gradient, moments: [moment] }) => {
    if (moment === undefined) throw new Error('sgd keeps one moment');
    const next = trace.add(trace.mul(gradient, clip), trace.mul(moment, trace.scalar(momentum)));
    return { change: trace.mul(next, scalar(scalarNames.learningRate)), moments: [next] };
  };

/**
 * m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g², p ← p − α_t·m/(√v + ε_t), with the bias corrections in α_t = η·√(1 − β₂ᵗ)/(1 − β₁ᵗ)
 * and ε_t = ε·√(1 − β₂ᵗ) (Kingma & Ba, 2015, end of §2). The clipping factor is multiplied into the scalars, not into the gradient.
 */
const adamwRule = (trace: Trace, { beta1, beta2 }: AdamW, clip: Tensor, scalar: Scalar): Rule => {
  const firstFactor = trace.mul(clip, trace.scalar(1 - beta1));
  const secondFactor = trace.mul(trace.mul(clip, clip), trace.scalar(1 - beta2));
  return ({ group, gradient, moments: [first, second] }) => {
    if (first === undefined || second === undefined) throw new Error('adamw keeps two moments');
    const m = trace.add(trace.mul(gradient, firstFactor), trace.mul(first, trace.scalar(beta1)));
    const v = trace.add(trace.mul(trace.mul(gradient, gradient), secondFactor), trace.mul(second, trace.scalar(beta2)));
    const direction = trace.div(m, trace.add(trace.sqrt(v), scalar(scalarNames.epsilon(group))));
    return { change: trace.mul(direction, scalar(scalarNames.stepSize(group))), moments: [m, v] };
  };
};
