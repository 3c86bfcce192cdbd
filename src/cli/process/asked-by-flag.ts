/**
 * The library's sentences in the words of the command line: a library asks for another folder, a command line for `--out`. Not here: the values of a
 * schedule that options give (`../options/text-flags.ts`).
 */
import type { Fault } from '../../fault.js';

/** What a fault may say that it is about, and the same for whoever gives it by an option. */
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
