/**
 * From `runs/studies/*.jsonl` to what is committed: `results/STUDY.json`, and the same as a table on stdout.
 * `node dist/pipelines/studies/summarise.js depth 2\ layers` compares each arm with the arm that is named, seed by seed.
 */
import { writeFileSync } from 'node:fs';
import { costTo, type Look } from '../../src/report/comparison/reach.js';
import {
  type Average,
  averageOf,
  type Cost,
  type Estimate,
  type Interval,
  pairedDifference,
  type Saving,
  saving,
} from '../../src/report/comparison/statistics.js';
import type { Stretch } from '../../src/report/comparison/trace.js';
import { runsOf } from './read-runs.js';
import type { RunLine } from './run-line.js';

interface Summary {
  readonly arm: string;
  readonly stages: string;
  readonly seeds: readonly number[];
  /** Training FLOPs. */
  readonly flops: number;
  /** Final validation losses, in the order of the seeds. */
  readonly losses: readonly number[];
  readonly loss: Average;
  /** Of the final loss to that of the reference, seed by seed. */
  readonly difference?: Estimate & Pick<Average, 'standardError'>;
  /** Seeds in which it ends at or below the reference's loss, and what it saves of the reference's FLOPs in coming to it. */
  readonly reached?: number;
  readonly saving?: Saving;
}

/** Where the fine network came to a loss, between two of its evaluations by a straight line. */
const flopsTo = ({ evaluations, flops: all }: RunLine, goal: number): Cost => {
  const stretches: Stretch[] = [];
  const looks = evaluations.map(([, level, flops, loss], index): Look => {
    const [beforeLevel, beforeFlops] = [evaluations[index - 1]?.[1], evaluations[index - 1]?.[2] ?? 0];
    if (level !== beforeLevel) stretches.push({ begun: { flops: beforeFlops, seconds: 0 }, finest: level === 0 });
    return { stretch: stretches.at(-1) as Stretch, flops, seconds: 0, loss };
  });
  return costTo(looks, goal, { flops: all, seconds: 0 }).flops;
};

const bySeed = (lines: readonly RunLine[]): readonly RunLine[] => [...lines].sort((a, b) => a.seed - b.seed);

const versus = (own: readonly RunLine[], reference: readonly RunLine[]): Pick<Summary, 'difference' | 'reached' | 'saving'> => {
  const pairs = own.flatMap((line) => reference.filter(({ seed }) => seed === line.seed).map((other) => ({ line, other })));
  const [ours, theirs] = [pairs.map(({ line }) => line.loss), pairs.map(({ other }) => other.loss)];
  const [costs, base] = [pairs.map(({ line, other }) => flopsTo(line, other.loss)), pairs.map(({ other }) => flopsTo(other, other.loss))];
  return {
    difference: {
      ...pairedDifference(ours, theirs),
      standardError: averageOf(ours.map((loss, at) => loss - (theirs[at] ?? Number.NaN))).standardError,
    },
    reached: costs.filter(({ most }) => most !== undefined).length,
    saving: saving(costs, base),
  };
};

const summariseArm = (own: readonly RunLine[], reference: readonly RunLine[]): Summary => {
  const [first] = own;
  if (first === undefined) throw new Error('an arm has runs');
  const losses = own.map(({ loss }) => loss);
  return {
    arm: first.arm,
    stages: first.stages,
    seeds: own.map(({ seed }) => seed),
    flops: first.flops,
    losses,
    loss: averageOf(losses),
    ...(reference.length === 0 || first.arm === reference[0]?.arm ? {} : versus(own, reference)),
  };
};

const number = (value: number): string => value.toFixed(4);
const percent = (value: number): string => `${(100 * value).toFixed(0)}%`;

/** One seed has no spread. */
const spread = ({ mean: value, standardError }: Average, seeds: number): string =>
  seeds === 1 ? number(value) : `${number(value)} ± ${number(standardError)}`;

const intervalSaid = (interval: Partial<Interval> | undefined, said: (value: number) => string): string =>
  interval === undefined ? '' : ` [${[interval.low, interval.high].map((end) => (end === undefined ? '…' : said(end))).join(', ')}]`;

/** No row claims what the sign-flip test does not show. */
const differenceSaid = ({ value, interval, shown }: Estimate): string =>
  `${number(value)}${intervalSaid(interval, number)}${shown ? '' : ': no difference shown'}`;

const savingSaid = ({ least, most, interval, shown }: Saving, reached: number, seeds: number): string => {
  if (reached < seeds && !shown) return `ends at or below it in ${reached} of ${seeds}`;
  const value = least === most ? percent(most) : least === undefined ? `at most ${percent(most)}` : `at least ${percent(least)}`;
  return `${value}${intervalSaid(interval, percent)}${shown ? '' : ': no difference shown'}`;
};

const row = ({ arm, seeds, flops, loss, difference, reached, saving: saved }: Summary): string =>
  [
    arm,
    String(seeds.length),
    (flops / 1e9).toFixed(1),
    spread(loss, seeds.length),
    difference === undefined ? '' : differenceSaid(difference),
    saved === undefined ? '' : savingSaid(saved, reached ?? 0, seeds.length),
  ].join(' | ');

const main = ([studies = '', reference = '']: readonly string[]): void => {
  const [study = ''] = studies.split(',');
  const lines = runsOf(studies);
  const arms = [...new Set(lines.map(({ arm }) => arm))];
  if (reference !== '' && !arms.includes(reference)) {
    process.stderr.write(`error: the reference must be one of the arms ${arms.join('; ')} (was "${reference}")\n`);
    process.exit(2);
  }
  const of = (name: string): readonly RunLine[] => bySeed(lines.filter(({ arm }) => arm === name));
  const summaries = arms.map((name) => summariseArm(of(name), of(reference)));
  const { backend, dataDigest } = lines[0] as RunLine;
  writeFileSync(
    `pipelines/studies/results/${study}.json`,
    `${JSON.stringify({ backend, dataDigest, reference, arms: summaries }, undefined, 2)}\n`,
  );
  process.stdout.write(
    `${['arm | seeds | GFLOP | validation loss | difference [95%] | FLOPs saved [95%]', '--- | --: | --: | --- | --- | ---', ...summaries.map(row)].join('\n')}\n`,
  );
};

main(process.argv.slice(2));
