/** The specification of a parameter before it has values, and the usual kinds, for families to list. */
import type { ParameterRole } from '../optimizer/parameter-role.js';
import type { Shape } from '../program/program.js';
import type { Axis, NarrowedAxis } from '../transfer/layer-tensor.js';

export interface ParameterSpec {
  /** Within its group: `embedding.token.weight` (shared), `attention.query.weight` (of a layer). */
  readonly name: string;
  readonly shape: Shape;
  readonly role: ParameterRole;
  /** The meaning of its axes, so that a transfer over the width knows which to narrow and on which side. */
  readonly axes: readonly Axis[];
  /** Standard deviation of the normal distribution of its initial values, or the constant. */
  readonly initial: { readonly normal: number } | { readonly constant: number };
  /**
   * It belongs to the last product of a residual branch, which writes to the residual stream: where all of these are zero the layer is the identity,
   * and in a file format without a step size h is multiplied into them.
   */
  readonly endsBranch?: true;
}

/** An axis over what a tensor reads, and one over what it writes. */
export const reads = (of: NarrowedAxis['of']): Axis => ({ of, side: 'input' });
export const writes = (of: NarrowedAxis['of']): Axis => ({ of, side: 'output' });

/** Initial values are normal with that standard deviation around 0. */
export const normalParameter = (
  name: string,
  role: ParameterRole,
  shape: Shape,
  axes: readonly Axis[],
  deviation: number,
): ParameterSpec => ({ name, shape, role, axes, initial: { normal: deviation } });

/** A vector whose initial values are a constant. */
export const constantVector = (name: string, size: number, value: number, axis: Axis): ParameterSpec => ({
  name,
  shape: [size],
  role: 'vector',
  axes: [axis],
  initial: { constant: value },
});
