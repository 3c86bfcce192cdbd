/** The message for a place that cannot be written to: a full disk is not the input's fault. */
import { type Fault, inputFault, runFault } from '../fault.js';
import { codeOf } from '../thrown.js';

const isFull = (error: unknown): boolean => codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT';

/**
 * @param sentence what cannot be done, with the system's reason.
 * @param remedy the fix if the disk is not full.
 * @param about the part of the input that can be changed.
 */
export const unwritable = (error: unknown, sentence: string, remedy: string, about?: string): Fault =>
  isFull(error) ? runFault(`${sentence}; make room for it`) : inputFault(`${sentence}; ${remedy}`, about);
