/** Which operations give their first operand itself, in its memory, in another shape or at another time. All backends do them without a copy. */
import type { OperationName } from './operations/index.js';

const operations: ReadonlySet<OperationName> = new Set(['reshape', 'barrier']);

export const isInMemoryOfOperand = (operation: OperationName): boolean => operations.has(operation);
