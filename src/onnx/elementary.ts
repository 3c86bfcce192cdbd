/**
 * Operations that ONNX's own set has, in a form that any ONNX runtime supports: one entry per operation. Not here: lowerings specific to
 * ONNX Runtime (`backends/onnx/lowering.ts`).
 */
import type { OperationName } from '../program/operations/index.js';
import type { Lower, Lowering, LoweringTable } from './lower-one.js';

/** The ONNX operation with the same meaning and inputs. */
const same =
  (opType: string): Lower<OperationName> =>
  ({ graph, inputs, outputs }) =>
    graph.node(opType, inputs, outputs);

/** The product of two matrices, with its transposes and factor. */
export const matrixProduct = ({ graph, inputs, outputs, node: { attributes } }: Lowering<'matmul'>): void => {
  const { transposeA, transposeB, alpha } = attributes;
  graph.node('Gemm', inputs, outputs, { transA: Number(transposeA), transB: Number(transposeB), alpha: { float: alpha } });
};

export const elementary = {
  add: same('Add'),
  sub: same('Sub'),
  mul: same('Mul'),
  div: same('Div'),
  minimum: same('Min'),
  neg: same('Neg'),
  exp: same('Exp'),
  log: same('Log'),
  sqrt: same('Sqrt'),
  erf: same('Erf'),

  transpose: ({ graph, inputs, outputs, node: { attributes } }: Lowering<'transpose'>) =>
    graph.node('Transpose', inputs, outputs, { perm: attributes.permutation }),

  linear: ({ graph, inputs, outputs, node: { attributes } }: Lowering<'linear'>) =>
    graph.node('Gemm', inputs, outputs, { alpha: { float: attributes.alpha } }),

  gather: ({ graph, inputs, outputs }: Lowering<'gather'>) => graph.node('Gather', inputs, outputs, { axis: 0 }),
} as const satisfies LoweringTable;
