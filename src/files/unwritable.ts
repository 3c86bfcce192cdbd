/** What a user is told of a place that cannot be written to: a full disk is not the input's fault. */
import { type Fault, inputFault, runFault } from '../fault.js';
import { codeOf } from '../thrown.js';

const isFull = (error: unknown): boolean => codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT';

/**
 * @param sentence what cannot be done, with the system's reason.
 * @param remedy where there is room enough.
 * @param about what of the input can be given otherwise.
 */
export const unwritable = (error: unknown, sentence: string, remedy: string, about?: string): Fault =>
  isFull(error) ? runFault(`${sentence}; make room for it`) : inputFault(`${sentence}; ${remedy}`, about);
