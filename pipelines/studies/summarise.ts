/**
 * From `runs/studies/*.jsonl` to what is committed: `results/STUDY.json`, and the same as a table on stdout.
 * `node dist/pipelines/studies/summarise.js depth 2\ layers` compares each arm with the arm that is named, seed by seed.
 */
import { writeFileSync } from 'node:fs';
import { mean } from 'd3-array';
import { type Average, averageOf, bootstrap } from '../../src/report/comparison/statistics.js';
import { firstReached } from '../../src/report/comparison/trace.js';
import { runsOf } from './read-runs.js';
import type { RunLine } from './run-line.js';

/** Of a 95% interval. */
type Ends = readonly [low: number, high: number];

interface Summary {
  readonly arm: string;
  readonly stages: string;
  readonly seeds: readonly number[];
  /** Training FLOPs. */
  readonly flops: number;
  /** Final validation losses, in the order of the seeds. */
  readonly losses: readonly number[];
  readonly loss: Average;
  /** Of the final loss to that of the reference on the same seeds. */
  readonly difference?: Average & { readonly interval?: Ends };
  /** Share of the reference's FLOPs that is saved in reaching its mean final loss; null where a seed never reaches it. */
  readonly saving?: { readonly share: number; readonly interval?: Ends } | null;
}

/** One seed has no interval. */
const intervalOf = (seeds: number, statistic: (drawn: readonly number[]) => number): { readonly interval?: Ends } => {
  const found = bootstrap(seeds, statistic);
  return found === undefined ? {} : { interval: [found.low, found.high] };
};

/** FLOPs at which the fine network first was at a loss, between two of its evaluations by a straight line. */
const flopsTo = ({ evaluations }: RunLine, goal: number): number | undefined =>
  firstReached(
    evaluations.map(([, level, flops, loss]) => ({ stage: level, flops, seconds: 0, loss, finest: level === 0 })),
    goal,
  )?.flops;

const bySeed = (lines: readonly RunLine[]): readonly RunLine[] => [...lines].sort((a, b) => a.seed - b.seed);

const versus = (own: readonly RunLine[], reference: readonly RunLine[]): Pick<Summary, 'difference' | 'saving'> => {
  const pairs = own.flatMap((line) => reference.filter(({ seed }) => seed === line.seed).map((other) => ({ line, other })));
  const differences = pairs.map(({ line, other }) => line.loss - other.loss);
  const average = (drawn: readonly number[], of: (pair: (typeof pairs)[number]) => number): number =>
    mean(drawn, (at) => of(pairs[at] as (typeof pairs)[number])) ?? Number.NaN;
  const goal = mean(reference, ({ loss }) => loss) ?? Number.NaN;
  const reached = pairs.map(({ line }) => flopsTo(line, goal));
  const saved = reached.flatMap((flops, at) => (flops === undefined ? [] : [1 - flops / (pairs[at]?.other.flops ?? Number.NaN)]));
  return {
    difference: {
      ...averageOf(differences),
      ...intervalOf(pairs.length, (drawn) => average(drawn, ({ line, other }) => line.loss - other.loss)),
    },
    saving:
      saved.length < pairs.length
        ? null
        : {
            share: mean(saved) ?? Number.NaN,
            ...intervalOf(saved.length, (drawn) => mean(drawn, (at) => saved[at]) ?? Number.NaN),
          },
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

const intervalSaid = (ends: Ends | undefined, said: (value: number) => string): string =>
  ends === undefined ? '' : ` [${ends.map(said).join(', ')}]`;

/** Of fewer than three seeds no standard error is worth a multiple. */
const multiple = ({ mean: value, standardError }: Average, seeds: number): string =>
  seeds < 3 ? '' : `, ${(value / standardError).toFixed(1)} SE`;

const row = ({ arm, seeds, flops, loss, difference, saving }: Summary): string =>
  [
    arm,
    String(seeds.length),
    (flops / 1e9).toFixed(1),
    spread(loss, seeds.length),
    difference === undefined
      ? ''
      : `${number(difference.mean)}${intervalSaid(difference.interval, number)}${multiple(difference, seeds.length)}`,
    saving === undefined ? '' : saving === null ? 'not reached' : `${percent(saving.share)}${intervalSaid(saving.interval, percent)}`,
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
