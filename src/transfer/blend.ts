/**
 * The tensor operations of a recipe, as programs over the tensors of one layer: the same program serves every layer. Weights enter as
 * scalars. Not here: which recipe a layer has (`recipe.ts`).
 */
import type { Program } from '../program/program.js';
import { type Tensor, Tracer } from '../program/tracer.js';
import type { LayerTensor } from './layer-tensor.js';

/** Names of a blend's inputs. */
export const blendInput = {
  base: (tensor: string): string => `base/${tensor}`,
  term: (tensor: string, term: number): string => `term.${term}/${tensor}`,
  restricted: (tensor: string, term: number): string => `restricted.${term}/${tensor}`,
  weight: (tensorClass: string, term: number): string => `weight.${term}/${tensorClass}`,
  share: 'share',
} as const;

const begin = (name: string) => {
  const trace = new Tracer(name);
  const weights = new Map<string, Tensor>();
  return {
    trace,
    input: (key: string, { shape }: LayerTensor): Tensor => trace.input(key, 'tensor', { dtype: 'f32', shape }),
    weight: ({ class: tensorClass }: LayerTensor, term: number): Tensor => {
      const key = blendInput.weight(tensorClass, term);
      const known = weights.get(key) ?? trace.input(key, 'scalar', { dtype: 'f32', shape: [] });
      weights.set(key, known);
      return known;
    },
  };
};

const terms = (count: number): readonly number[] => Array.from({ length: count }, (_, term) => term);

/** max(x, 0) = 0 − min(−x, 0), which keeps x ≥ 0 to the bit; for tensors that must not be negative, which a weight below zero may make so. */
const stopped = (trace: Tracer, { nonNegative }: LayerTensor, x: Tensor): Tensor =>
  nonNegative ? trace.sub(trace.scalar(0), trace.minimum(trace.neg(x), trace.scalar(0))) : x;

/** Σ weight · term, for each tensor of a layer. Tensors that must not be negative stop at zero, here and below. */
export const combineProgram = (tensors: readonly LayerTensor[], count: number): Program => {
  const { trace, input, weight } = begin(`combine[${count} layers]`);
  return trace.finish(
    tensors.map((tensor) => {
      const combined = terms(count)
        .map((term) => trace.mul(input(blendInput.term(tensor.name, term), tensor), weight(tensor, term)))
        .reduce((sum, part) => trace.add(sum, part));
      return { name: tensor.name, tensor: stopped(trace, tensor, combined) };
    }),
  );
};

/** (1 − share) · base + share · Σ weight · term, as base + share·(Σ − base): to the bit the base where the two agree. */
export const mixProgram = (tensors: readonly LayerTensor[], count: number): Program => {
  const { trace, input, weight } = begin(`mix[${count} layers]`);
  const share = trace.input(blendInput.share, 'scalar', { dtype: 'f32', shape: [] });
  return trace.finish(
    tensors.map((tensor) => {
      const base = input(blendInput.base(tensor.name), tensor);
      const incoming = terms(count)
        .map((term) => trace.mul(input(blendInput.term(tensor.name, term), tensor), weight(tensor, term)))
        .reduce((sum, part) => trace.add(sum, part));
      const mixed = trace.add(base, trace.mul(trace.sub(incoming, base), share));
      return { name: tensor.name, tensor: stopped(trace, tensor, mixed) };
    }),
  );
};

/** Base + Σ weight · (term − restricted): to the bit the base where nothing was learnt. */
export const correctProgram = (tensors: readonly LayerTensor[], count: number): Program => {
  const { trace, input, weight } = begin(`correct[${count} layers]`);
  return trace.finish(
    tensors.map((tensor) => {
      const corrected = terms(count).reduce(
        (sum, term) =>
          trace.add(
            sum,
            trace.mul(
              trace.sub(input(blendInput.term(tensor.name, term), tensor), input(blendInput.restricted(tensor.name, term), tensor)),
              weight(tensor, term),
            ),
          ),
        input(blendInput.base(tensor.name), tensor),
      );
      return { name: tensor.name, tensor: stopped(trace, tensor, corrected) };
    }),
  );
};
