/**
 * What a user is told when something cannot be done: one sentence (where, what is required, what was found, how to mend it).
 * `input`: what was asked for is wrong (exit code 2). `run`: it was right and failed while it ran (exit code 1).
 */
export interface Fault {
  readonly kind: 'input' | 'run';
  readonly message: string;
}

export const inputFault = (message: string): Fault => ({ kind: 'input', message });
export const runFault = (message: string): Fault => ({ kind: 'run', message });
