/** The faults of a disk: whose fault it is that a place cannot be read or written. Not here: the sentences, which name what is there. */
import { type Fault, inputFault, runFault } from '../fault.js';
import { codeOf } from '../thrown.js';

const FULL: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT']);

/** Errors of the disk or the machine, which no other input would prevent. */
const OF_THE_MACHINE: ReadonlySet<string | undefined> = new Set([
  ...FULL,
  'EIO',
  'ENXIO',
  'ENOMEM',
  'EMFILE',
  'ENFILE',
  'ESTALE',
  'ETIMEDOUT',
]);

/**
 * A place that cannot be read. Of kind `run` if the disk or the machine failed, else of kind `input`.
 *
 * @param sentence what cannot be read, with the system's reason, and the remedy.
 * @param about the part of the input that can be changed.
 */
export const unreadable = (error: unknown, sentence: string, about?: string): Fault =>
  OF_THE_MACHINE.has(codeOf(error)) ? runFault(sentence) : inputFault(sentence, about);

/**
 * A place that cannot be written to.
 *
 * @param sentence what cannot be done, with the system's reason.
 * @param remedy the fix if the disk is not full.
 * @param about the part of the input that can be changed.
 */
export const unwritable = (error: unknown, sentence: string, remedy: string, about?: string): Fault =>
  FULL.has(codeOf(error)) ? runFault(`${sentence}; make room for it`) : unreadable(error, `${sentence}; ${remedy}`, about);
