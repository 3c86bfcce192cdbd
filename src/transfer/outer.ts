/**
 * The outer step of replicas (DiLoCo: Douillard et al. 2023, arXiv:2311.08105, algorithm 1), as a program over the tensors of one layer: from the
 * weights θ with which a round began and those θᵢ with which each of k replicas ended it,
 *
 *     Δ = 1/k · Σ (θ − θᵢ),  v ← momentum·v + Δ,  θ ← θ − rate·(Δ + momentum·v),
 *
 * where a plain average is θ − Δ, without v. A tensor that no replica changed has Δ = 0 to the bit. After the last round moments m are their means,
 * m₁ + 1/k · Σ (mᵢ − m₁). Not here: which rounds there are (`src/schedule/walk/replicas.ts`), on which tensors it runs (`src/runner`).
 */
import type { Program } from '../program/program.js';
import { type Tensor, Tracer } from '../program/tracer.js';
import type { OuterOptimizer } from '../schedule/schedule.js';
import { type LayerTensor, PARAMETER_CLASS } from './layer-tensor.js';

export interface OuterStep {
  /** Replicas that are merged. */
  readonly replicas: number;
  readonly outer: OuterOptimizer;
  /** Whether one network is left of them, with moments. */
  readonly last: boolean;
}

/** Names of its inputs; an output has the name of its tensor, a momentum that of its input. */
export const outerNames = {
  start: (tensor: string): string => `start/${tensor}`,
  replica: (tensor: string, replica: number): string => `replica.${replica}/${tensor}`,
  momentum: (tensor: string): string => `outer/${tensor}`,
} as const;

/** Whether the outer optimizer remembers something between rounds. */
export const hasMomentum = (outer: OuterOptimizer): boolean => outer.kind === 'nesterov' && outer.momentum > 0;

const isWeight = (tensor: LayerTensor): boolean => tensor.class === PARAMETER_CLASS;

/** The tensors of a cell that an outer step computes: moments only where one network is left. */
export const steppedTensors = (tensors: readonly LayerTensor[], { last }: OuterStep): readonly LayerTensor[] =>
  last ? tensors : tensors.filter(isWeight);

/** @param tensors those of `steppedTensors`. */
export const outerProgram = (tensors: readonly LayerTensor[], { replicas, outer, last }: OuterStep): Program => {
  const trace = new Tracer(`outer step[${replicas} replicas${last ? ', last' : ''}]`);
  const input = (name: string, { shape }: LayerTensor): Tensor => trace.input(name, 'tensor', { dtype: 'f32', shape });
  const sum = (parts: readonly Tensor[]): Tensor => parts.reduce((total, part) => trace.add(total, part));
  const share = trace.scalar(1 / replicas);
  const scaled = (factor: number, tensor: Tensor): Tensor => trace.mul(tensor, trace.scalar(factor));
  const { rate, momentum } = outer.kind === 'average' ? { rate: 1, momentum: 0 } : outer;
  return trace.finish(
    tensors.flatMap((tensor) => {
      const { name } = tensor;
      const ends = Array.from({ length: replicas }, (_, replica) => input(outerNames.replica(name, replica), tensor));
      if (!isWeight(tensor)) {
        const [first, ...others] = ends as [Tensor, ...Tensor[]];
        const mean = others.length === 0 ? first : trace.add(first, trace.mul(sum(others.map((end) => trace.sub(end, first))), share));
        return [{ name, tensor: mean }];
      }
      const start = input(outerNames.start(name), tensor);
      const difference = trace.mul(sum(ends.map((end) => trace.sub(start, end))), share);
      if (momentum === 0) return [{ name, tensor: trace.sub(start, scaled(rate, difference)) }];
      const kept = outerNames.momentum(name);
      const next = trace.add(scaled(momentum, input(kept, tensor)), difference);
      const direction = trace.add(difference, scaled(momentum, next));
      return [
        { name, tensor: trace.sub(start, scaled(rate, direction)) },
        { name: kept, tensor: next },
      ];
    }),
  );
};

/** Equal exactly where the programs are. */
export const outerKey = (tensors: readonly LayerTensor[], { replicas, outer, last }: OuterStep): string =>
  `outer ${replicas} ${JSON.stringify(outer)}${last ? ' last' : ''} ${tensors.map(({ name, shape }) => `${name}[${shape}]`).join()}`;
