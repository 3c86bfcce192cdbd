/** The initial zeros of a program's sums, and their memory. Not here: the sums (`src/runner/stages/gradient-sums.ts`). */
import { bytesOf, type Program, type TensorType, typeIn } from '../program/program.js';

/** The types of the sums that a program adds to, by name. */
export const sumTypes = (program: Program): readonly (readonly [name: string, type: TensorType])[] =>
  program.inputs.flatMap(({ role, name, value }) =>
    role === 'gradient' || role === 'loss' ? [[name, typeIn(program, value)] as const] : [],
  );

/** Each shape once: tensors are immutable, so one tensor of zeros serves all sums of its shape. */
export const zeroTypes = (program: Program): ReadonlyMap<string, TensorType> =>
  new Map(sumTypes(program).map(([, type]) => [type.shape.join(), type]));

/** Bytes of the initial zeros of sums. */
export const zeroBytes = (program: Program): number => [...zeroTypes(program).values()].reduce((sum, type) => sum + bytesOf(type), 0);
