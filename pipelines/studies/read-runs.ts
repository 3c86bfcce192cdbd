/**
 * Reads `runs/studies/STUDY.jsonl`, which `run-arms.ts` writes.
 */
import { existsSync, readFileSync } from 'node:fs';
import { group } from 'd3-array';
import * as E from 'fp-ts/lib/Either.js';
import { bind, type OpenStages, parse } from '../../src/schedule/text/index.js';
import { unrolled } from '../../src/schedule/walk/walk.js';
import { evaluatedAtEnd } from '../../src/schedule/walk/when-evaluated.js';
import type { RunLine } from './run-line.js';

export const RUNS = 'runs/studies';

export const fileOf = (study: string): string => `${RUNS}/${study}.jsonl`;

/** The runs of a study; none if it has not begun. */
export const readRuns = (study: string): readonly RunLine[] => {
  const file = fileOf(study);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
};

/** Prints a sentence and ends the process. */
export const refuse = (message: string): never => {
  process.stderr.write(`error: ${message}\n`);
  process.exit(2);
};

/** Grouped by arm, in the order of their first runs. */
export const byArm = (lines: readonly RunLine[]): readonly (readonly [arm: string, runs: readonly RunLine[]])[] => [
  ...group(lines, ({ arm }) => arm),
];

/** Whether the line is from a version that did not evaluate the network after a final transfer. */
export const lacksFigure = ({ evaluations, stages }: Pick<RunLine, 'evaluations' | 'stages'>): boolean => {
  if (evaluations.at(-1)?.[4] !== undefined) return false;
  const bound = E.chain((open: OpenStages) => bind(open, {}))(parse(stages));
  return E.isRight(bound) && evaluatedAtEnd([...unrolled(bound.right)]) !== undefined;
};

/**
 * The runs of several studies, named like `depth,even-odd`. If a study has no runs, or an unfinished one, prints a sentence and ends the
 * process.
 */
export const runsOf = (studies: string): readonly RunLine[] => {
  const lines = studies.split(',').flatMap(readRuns);
  if (lines.length === 0) return refuse(`there are no runs of "${studies}" in ${RUNS}; run-arms.js makes them`);
  const stopped = lines.find(({ outcome }) => outcome !== 'finished');
  if (stopped !== undefined) {
    return refuse(
      `every run must have finished (${stopped.arm}, seed ${stopped.seed}: ${stopped.outcome}); take its line away and run it again`,
    );
  }
  const unknown = lines.find(lacksFigure);
  if (unknown !== undefined) {
    return refuse(
      `a run's loss must be that of the network that it saved (${unknown.arm}, seed ${unknown.seed}: an earlier version did not evaluate it after ${unknown.stages}); take its line away and run it again`,
    );
  }
  return lines;
};
