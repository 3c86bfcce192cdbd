/**
 * The files of a comparison: `comparison.json`. Node only. Not here: what stands in them.
 */
import { join } from 'node:path';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { nodeDisk, writeDurably } from '../../runner/durable.js';
import type { Comparison, Entrant } from './comparison.js';
import { verdicts } from './verdict.js';

/** Left: what could not be written, and why. */
export const writeReport = (folder: string, comparison: Comparison, _entrants: readonly Entrant[]): TE.TaskEither<string, void> =>
  TE.tryCatch(
    async () => {
      const json = JSON.stringify({ ...comparison, verdicts: verdicts(comparison) }, undefined, 2);
      writeDurably(nodeDisk, join(folder, 'comparison.json'), new TextEncoder().encode(`${json}\n`));
    },
    (error) => `the report in ${folder} could not be written (${error instanceof Error ? error.message : String(error)})`,
  );
