/**
 * The script of a job array: its task number N does the Nth command. It says all that a node needs to know, and no node reads another file for it.
 */

export interface ArrayScript {
  /** What each task runs, and the arguments that all have, before its own one and after. */
  readonly command: readonly string[];
  readonly after: readonly string[];
  /** The one argument of each task, in the order of their numbers. */
  readonly each: readonly string[];
}

/** A word that the shell takes as it is. */
const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

const words = (all: readonly string[]): string => all.map(quoted).join(' ');

/** `exec`, so that Slurm's signal reaches the command itself. */
export const arrayScript = ({ command, after, each }: ArrayScript): string =>
  [
    '#!/bin/sh',
    `set -- ${words(each)}`,
    'shift "$SLURM_ARRAY_TASK_ID"',
    `exec ${[words(command), '"$1"', words(after)].filter((part) => part !== '').join(' ')}`,
    '',
  ].join('\n');
