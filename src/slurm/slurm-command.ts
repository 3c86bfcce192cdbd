/**
 * Calling one of Slurm's commands, with an array of arguments and no shell. Not here: which ones, and what they answer (`slurm.ts`).
 */
import { execFile } from 'node:child_process';
import { codeOf } from '../thrown.js';

/** What a command came to. */
export type Answer =
  | { readonly kind: 'answered'; readonly text: string }
  /** It is not on this machine. */
  | { readonly kind: 'missing' }
  /** It is, and knows no cluster. */
  | { readonly kind: 'unconfigured' }
  /** The controller said no, in these words. */
  | { readonly kind: 'refused'; readonly words: string }
  /** Nobody answered, or nobody knows whether the controller heard of it. */
  | { readonly kind: 'unclear'; readonly words: string };

/** Calls a command by its name. */
export type CallSlurm = (command: string, args: readonly string[]) => Promise<Answer>;

/** A thousand tasks are some 100 KB. */
const MOST_SAID = 1 << 28;

/** A controller that hangs is asked again later. Slurm's own commands give up after some `MessageTimeout`s of 10 s. */
const PATIENCE = 120_000;

/** What Slurm's commands say when they do not know whether the controller has done it: any other failure is a refusal. */
const UNCLEAR = /unable to contact|timed out|zero bytes|communication|connection|connect failure|unexpected message|in standby/i;

/** What they say, in four lines, where they find neither a slurm.conf nor a name server that has one. */
const UNCONFIGURED = /could not establish a configuration source/i;

/** Its own words on one line, without the name that each line begins with. */
const wordsOf = (stderr: string): string =>
  stderr
    .split('\n')
    .map((line) => line.replace(/^\w+: (?:error: )?/, '').trim())
    .filter((line) => line !== '')
    .join('; ');

export const callSlurm: CallSlurm = (command, args) =>
  new Promise((resolve) => {
    execFile(command, [...args], { maxBuffer: MOST_SAID, timeout: PATIENCE }, (error, stdout, stderr) => {
      if (error === null) return resolve({ kind: 'answered', text: stdout });
      if (codeOf(error) === 'ENOENT') return resolve({ kind: 'missing' });
      if (UNCONFIGURED.test(stderr)) return resolve({ kind: 'unconfigured' });
      const words = wordsOf(stderr) || `exit code ${error.code ?? error.signal}`;
      // A command that was ended from outside may have been heard before.
      return resolve({ kind: typeof error.code !== 'number' || UNCLEAR.test(words) ? 'unclear' : 'refused', words });
    });
  });
