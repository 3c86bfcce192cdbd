/** What is known of a parameter before it has values. */
import type { ParameterRole } from '../optimizer/parameter-role.js';
import type { Shape } from '../program/program.js';
import type { Axis } from '../transfer/layer-tensor.js';

export interface ParameterSpec {
  /** Within its group: `embedding.token.weight` (shared), `attention.query.weight` (of a layer). */
  readonly name: string;
  readonly shape: Shape;
  readonly role: ParameterRole;
  /** What its axes stand for, so that a transfer over the width knows which to narrow and from which side. */
  readonly axes: readonly Axis[];
  /** Standard deviation of the normal distribution that it begins with, or the constant. */
  readonly initial: { readonly normal: number } | { readonly constant: number };
  /**
   * It belongs to the last product of a residual branch, which writes to the residual stream: where all of these are zero the layer is the identity,
   * and a file format without a step size has h multiplied into them.
   */
  readonly endsBranch?: true;
}
