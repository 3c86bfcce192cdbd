/**
 * What a user is told when something cannot be done: one sentence (where, what is required, what was found, how to fix it).
 * `input`: what was asked for is wrong (exit code 2). `run`: it was right and failed while it ran (exit code 1).
 */
import { visibleLines } from './visible.js';

export interface Fault {
  readonly kind: 'input' | 'run';
  /** Quotations in it contain no control or invisible characters. */
  readonly message: string;
  /**
   * The JSON path of the schedule's value that is wrong, or the words for another argument of the library (`another folder`), as in the message: a
   * caller that got the value elsewhere (an option, a field of a form) can name that instead.
   */
  readonly about?: string;
}

export const inputFault = (message: string, about?: string): Fault => ({
  kind: 'input',
  message: visibleLines(message),
  ...(about === undefined ? {} : { about }),
});
export const runFault = (message: string): Fault => ({ kind: 'run', message: visibleLines(message) });
