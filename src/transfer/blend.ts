/**
 * The tensor operations of a recipe, as programs over the tensors of one layer: the same program serves every layer. Weights enter as
 * scalars. Not here: which recipe a layer has (`recipe.ts`).
 */
import type { Program } from '../program/program.js';
import { type Tensor, Tracer } from '../program/tracer.js';
import type { LayerTensor } from './layer-tensor.js';
import { HALF } from './moments.js';

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

/** Σ weight · term, for each tensor of a layer. */
export const combineProgram = (tensors: readonly LayerTensor[], count: number): Program => {
  const { trace, input, weight } = begin(`combine[${count} layers]`);
  return trace.finish(
    tensors.map((tensor) => {
      const combined = terms(count)
        .map((term) => trace.mul(input(blendInput.term(tensor.name, term), tensor), weight(tensor, term)))
        .reduce((sum, part) => trace.add(sum, part));
      return { name: tensor.name, tensor: combined };
    }),
  );
};

/** base + share·(to − base): equals the base to the bit where the two agree, and lies between them for 0 ≤ share ≤ 1. */
const between = (trace: Tracer, base: Tensor, to: Tensor, share: Tensor): Tensor => trace.add(base, trace.mul(trace.sub(to, base), share));

/** (1 − share) · base + share · Σ weight · term */
export const mixProgram = (tensors: readonly LayerTensor[], count: number): Program => {
  const { trace, input, weight } = begin(`mix[${count} layers]`);
  const share = trace.input(blendInput.share, 'scalar', { dtype: 'f32', shape: [] });
  return trace.finish(
    tensors.map((tensor) => {
      const base = input(blendInput.base(tensor.name), tensor);
      const incoming = terms(count)
        .map((term) => trace.mul(input(blendInput.term(tensor.name, term), tensor), weight(tensor, term)))
        .reduce((sum, part) => trace.add(sum, part));
      return { name: tensor.name, tensor: between(trace, base, incoming, share) };
    }),
  );
};

/** The most by which a correction may raise v, as a multiple of (what it added to m)². */
export const RAISED = 2 ** 10;

/** max(a, b), equal to one of the two to the bit. */
const maximum = (trace: Tracer, a: Tensor, b: Tensor): Tensor => trace.neg(trace.minimum(trace.neg(a), trace.neg(b)));

/** The lower bound of a second moment after a correction of that base; 0 where there is no first moment beside it. */
const floorOf = (
  trace: Tracer,
  base: Tensor,
  first: { readonly base: Tensor; readonly sum: Tensor; readonly ratio: number } | undefined,
): Tensor => {
  if (first === undefined) return trace.scalar(0);
  const gained = trace.sub(first.sum, first.base);
  const asked = trace.mul(trace.mul(first.sum, first.sum), trace.scalar(1 / first.ratio));
  const raised = trace.add(base, trace.mul(trace.mul(gained, gained), trace.scalar(RAISED)));
  return trace.minimum(asked, raised);
};

/**
 * Base + Σ weight · (term − restricted): equals the base to the bit where nothing was learnt. Second moments v are at least m²/ratio, with the
 * resulting first moments m (`bound`), or 0 where there are none; but this raises v by at most `RAISED` · (what m gained)², so that v too stays, to
 * the bit, where nothing was learnt, whatever rounding did to m²/v. `halfway`: the mean of that and the base.
 */
export const correctProgram = (tensors: readonly LayerTensor[], count: number, halfway = false): Program => {
  const { trace, input, weight } = begin(`correct[${count} layers${halfway ? ', halfway' : ''}]`);
  const corrected = new Map(
    tensors.map((tensor) => {
      const base = input(blendInput.base(tensor.name), tensor);
      const sum = terms(count).reduce(
        (so, term) =>
          trace.add(
            so,
            trace.mul(
              trace.sub(input(blendInput.term(tensor.name, term), tensor), input(blendInput.restricted(tensor.name, term), tensor)),
              weight(tensor, term),
            ),
          ),
        base,
      );
      return [tensor.name, { base, sum }] as const;
    }),
  );
  const of = (name: string) => {
    const found = corrected.get(name);
    if (found === undefined) throw new Error(`a correction of second moments needs ${name} beside them`);
    return found;
  };
  return trace.finish(
    tensors.map(({ name, degree, bound }) => {
      const { base, sum } = of(name);
      const whole = degree === 2 ? maximum(trace, sum, floorOf(trace, base, bound && { ...of(bound.first), ratio: bound.ratio })) : sum;
      return { name, tensor: halfway ? between(trace, base, whole, trace.scalar(HALF)) : whole };
    }),
  );
};
