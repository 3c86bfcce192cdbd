/**
 * Training losses at the transfers of a study's arms: before each (mean of the stage's last 20 steps), at the first step after it (before
 * that step's update), and 30 to 50 steps later. Means over seeds; levels without training steps are skipped.
 * `node dist/pipelines/studies/switches.js switch-adamw` writes `results/switch-adamw-transfers.json` and a table.
 */
import { writeFileSync } from 'node:fs';
import { mean } from 'd3-array';
import { type Average, averageOf } from '../../src/report/comparison/statistics.js';
import { byArm, runsOf } from './read-runs.js';
import type { RunLine, Transferred } from './run-line.js';

interface Switch {
  readonly step: number;
  readonly to: number;
  readonly before: Average;
  readonly first: Average;
  /** Undefined if the stage has ended by then. */
  readonly later: Average | undefined;
}

interface SwitchesOfArm {
  readonly arm: string;
  readonly seeds: number;
  readonly switches: readonly Switch[];
  readonly final: Average;
}

const BEFORE = 20;
const LATER = 30;

/** The kept losses of the following stage, up to the next transfer. */
const stageAfter = ({ transfers }: RunLine, { step, after }: Transferred): readonly number[] => {
  const next = transfers.find((other) => other.step > step);
  return next === undefined ? after : after.slice(0, next.step - step);
};

/** The same for the stage that ends. */
const stageBefore = ({ transfers }: RunLine, { step, before }: Transferred): readonly number[] => {
  const began = transfers.findLast((other) => other.step < step)?.step ?? 0;
  return before.slice(-Math.min(BEFORE, step - began));
};

const switchAt = (runs: readonly RunLine[], at: number): Switch => {
  const moves = runs.flatMap((run) => {
    const move = run.transfers[at];
    return move === undefined ? [] : [{ ...move, before: stageBefore(run, move), after: stageAfter(run, move) }];
  });
  const { step, level, after: stage } = moves[0] as (typeof moves)[number];
  return {
    step,
    to: level,
    before: averageOf(moves.map(({ before }) => mean(before) ?? Number.NaN)),
    first: averageOf(moves.map(({ after }) => after[0] ?? Number.NaN)),
    later: stage.length <= LATER ? undefined : averageOf(moves.map(({ after }) => mean(after.slice(LATER)) ?? Number.NaN)),
  };
};

/**
 * A transfer at the beginning of the run has no losses before it; of several at one step, the last one counts, since training continues on
 * its level.
 */
const countsAt = ({ transfers }: RunLine, at: number): boolean => {
  const own = transfers[at];
  return own !== undefined && own.step > 0 && transfers[at + 1]?.step !== own.step && own.after.length > 0;
};

const ofArm = (runs: readonly RunLine[]): SwitchesOfArm => {
  const [first] = runs;
  if (first === undefined) throw new Error('an arm has runs');
  return {
    arm: first.arm,
    seeds: runs.length,
    switches: first.transfers.flatMap((_, at) => (countsAt(first, at) ? [switchAt(runs, at)] : [])),
    final: averageOf(runs.map(({ loss }) => loss)),
  };
};

/** A single seed has no spread. */
const number = (given: Average | undefined, seeds: number): string => {
  if (given === undefined) return '';
  return seeds === 1 ? given.mean.toFixed(3) : `${given.mean.toFixed(3)} ± ${given.standardError.toFixed(3)}`;
};

const rows = ({ arm, seeds, switches, final }: SwitchesOfArm): readonly string[] =>
  switches.map(({ step, to, before, first, later }, at) =>
    [arm, step, to, ...[before, first, later, at === switches.length - 1 ? final : undefined].map((given) => number(given, seeds))].join(
      ' | ',
    ),
  );

const main = ([study = '']: readonly string[]): void => {
  const runs = runsOf(study);
  const arms = byArm(runs).map(([, own]) => ofArm(own));
  writeFileSync(`pipelines/studies/results/${study}-transfers.json`, `${JSON.stringify({ study, arms }, undefined, 2)}\n`);
  const head = [
    'arm | after step | to level | before | first step after | 30–50 steps later | validation at the end',
    '--- | --: | --: | --- | --- | --- | ---',
  ];
  process.stdout.write(`${[...head, ...arms.flatMap(rows)].join('\n')}\n`);
};

main(process.argv.slice(2));
