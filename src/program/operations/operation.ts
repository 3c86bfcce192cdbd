/**
 * The contract of an operation: its shape rule, its gradient rule, its FLOPs and, for a coarse one, its decomposition into primitives, all in one
 * place. Not here: how a backend computes it.
 */
import type { Either } from 'fp-ts/lib/Either.js';
import type { Flops } from '../types/flops.js';
import type { TensorType } from '../types/tensor-type.js';
import type { Tensor, Trace } from '../types/trace.js';

export interface GradientContext<Attributes> {
  readonly trace: Trace;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attributes: Attributes;
  /** d(objective)/d(output), one per output; undefined where the objective does not depend on it. */
  readonly cotangents: readonly (Tensor | undefined)[];
}

export interface Operation<Attributes> {
  /** Types of the outputs, or why the inputs do not fit. */
  readonly shape: (inputs: readonly TensorType[], attributes: Attributes) => Either<string, readonly TensorType[]>;
  /** d(objective)/d(input), one per input; undefined where no gradient flows (indices). Absent: not differentiable. */
  readonly gradient?: (context: GradientContext<Attributes>) => readonly (Tensor | undefined)[];
  readonly flops: (inputs: readonly TensorType[], outputs: readonly TensorType[], attributes: Attributes) => Flops;
  /** The same outputs computed by finer operations. Absent: a primitive. */
  readonly decompose?: (trace: Trace, inputs: readonly Tensor[], attributes: Attributes) => readonly Tensor[];
}

/** The usual case of a gradient rule: a single output, whose cotangent therefore exists. */
export const forOneOutput =
  <Attributes>(
    rule: (
      context: GradientContext<Attributes> & { readonly cotangent: Tensor; readonly output: Tensor },
    ) => readonly (Tensor | undefined)[],
  ) =>
  (context: GradientContext<Attributes>): readonly (Tensor | undefined)[] => {
    const [cotangent] = context.cotangents;
    const [output] = context.outputs;
    return cotangent === undefined || output === undefined ? context.inputs.map(() => undefined) : rule({ ...context, cotangent, output });
  };

/** For rules that know only the first output's gradient: the other outputs exist for the rule itself, and nothing else may depend on them. */
export const cotangentOfFirst = (name: string, [first, ...rest]: readonly (Tensor | undefined)[]): Tensor | undefined => {
  if (rest.some((cotangent) => cotangent !== undefined)) throw new Error(`${name} is differentiable in its first output only`);
  return first;
};
