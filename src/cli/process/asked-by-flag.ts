/**
 * Rephrases the library's messages for the command line: the library asks for another folder, the command line for `--out`. Not here: values of a
 * schedule that options set (`../options/text-flags.ts`).
 */
import type { Fault } from '../../fault.js';

/** What a fault may ask for, and the same in terms of an option. */
const BY_FLAG: ReadonlyMap<string, string> = new Map([
  ['another folder', 'another folder with --out'],
  ['another port', 'another port with --port'],
  ['allowCpu: true', '--allow-cpu'],
]);

/**
 * @example
 * askedByFlag(inputFault('a already holds a run; name another folder', 'another folder')).message // '…; name another folder with --out'
 */
export const askedByFlag = (fault: Fault): Fault => {
  const { about = '', message } = fault;
  const flag = BY_FLAG.get(about);
  return flag === undefined ? fault : { ...fault, message: message.replace(about, () => flag) };
};
