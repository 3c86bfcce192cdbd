/**
 * Summarises `runs/studies/*.jsonl` for the repository: writes `results/STUDY.json`, and prints it as a table.
 * `node dist/pipelines/studies/summarise.js depth 2\ layers` compares each arm with the named one, seed by seed. If the runs have been
 * deleted, the comparison uses the losses in `results/`.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type Average, averageOf, type Estimate, pairedDifference } from '../../src/report/comparison/statistics.js';
import { byArm, fileOf, refuse, runsOf } from './read-runs.js';
import type { RunLine } from './run-line.js';

/** The runs of an arm, in the order of the seeds. */
interface Ran {
  readonly arm: string;
  readonly stages: string;
  readonly seeds: readonly number[];
  /** Training FLOPs. */
  readonly flops: number;
  /** Final validation losses. */
  readonly losses: readonly number[];
}

interface Summary extends Ran {
  readonly loss: Average;
  /** Of the final loss relative to that of the reference, seed by seed. */
  readonly difference?: Estimate;
  /** The number of seeds for which it ends at or below the reference. */
  readonly reached?: number;
}

interface Results<A extends Ran> {
  readonly backend: string;
  readonly dataDigest: string;
  readonly reference: string;
  readonly arms: readonly A[];
}

const resultsOf = (study: string): string => `pipelines/studies/results/${study}.json`;

const ranIn = (lines: readonly RunLine[]): Results<Ran> => {
  const { backend, dataDigest } = lines[0] as RunLine;
  const arms = byArm(lines).map(([arm, runs]): Ran => {
    const own = [...runs].sort((a, b) => a.seed - b.seed);
    const { stages, flops } = own[0] as RunLine;
    return { arm, stages, seeds: own.map(({ seed }) => seed), flops, losses: own.map(({ loss }) => loss) };
  });
  return { backend, dataDigest, reference: '', arms };
};

const stored = (study: string): Results<Ran> => {
  const file = resultsOf(study);
  process.stderr.write(`no runs of ${study} in ${fileOf(study)}: from the losses in ${file}\n`);
  const { backend, dataDigest, reference, arms } = JSON.parse(readFileSync(file, 'utf8')) as Results<Ran>;
  const ran = arms.map(({ arm, stages, seeds, flops, losses }): Ran => ({ arm, stages, seeds, flops, losses }));
  return { backend, dataDigest, reference, arms: ran };
};

const summarise = (own: Ran, reference: Ran | undefined): Summary => {
  const loss = averageOf(own.losses);
  if (reference === undefined || reference.arm === own.arm) return { ...own, loss };
  const pairs = own.seeds.flatMap((seed, at) => {
    const [ours, theirs] = [own.losses[at], reference.losses[reference.seeds.indexOf(seed)]];
    return ours === undefined || theirs === undefined ? [] : [{ ours, theirs }];
  });
  return {
    ...own,
    loss,
    difference: pairedDifference(
      pairs.map(({ ours }) => ours),
      pairs.map(({ theirs }) => theirs),
    ),
    reached: pairs.filter(({ ours, theirs }) => ours <= theirs).length,
  };
};

const number = (value: number): string => value.toFixed(4).replace('-', '−');
const signed = (value: number): string => `${value < 0 ? '' : '+'}${number(value)}`;

/** A single seed has no spread. */
const spread = ({ mean: value, standardError }: Average, seeds: number): string =>
  seeds === 1 ? number(value) : `${number(value)} ± ${number(standardError)}`;

/** No row claims more than the sign-flip test shows. */
const differencePhrase = ({ value, interval, shown }: Estimate): string => {
  const within = interval === undefined ? '' : ` [${number(interval.low)}, ${number(interval.high)}]`;
  return `${signed(value)}${within}${shown ? '' : ': no difference shown'}`;
};

const row = ({ arm, seeds, flops, loss, difference, reached }: Summary): string =>
  [
    arm,
    String(seeds.length),
    (flops / 1e9).toFixed(1),
    spread(loss, seeds.length),
    difference === undefined ? '' : differencePhrase(difference),
    reached === undefined ? '' : `${reached} of ${seeds.length}`,
  ].join(' | ');

const main = ([studies = '', given = '']: readonly string[]): void => {
  const [study = ''] = studies.split(',');
  const {
    backend,
    dataDigest,
    reference: known,
    arms: ran,
  } = existsSync(fileOf(study)) || !existsSync(resultsOf(study)) ? ranIn(runsOf(studies)) : stored(study);
  const reference = given === '' ? known : given;
  const names = ran.map(({ arm }) => arm);
  if (reference !== '' && !names.includes(reference))
    refuse(`the reference must be one of the arms ${names.join('; ')} (was "${reference}")`);
  const against = ran.find(({ arm }) => arm === reference);
  const arms = ran.map((arm) => summarise(arm, against));
  const written: Results<Summary> = { backend, dataDigest, reference, arms };
  writeFileSync(resultsOf(study), `${JSON.stringify(written, undefined, 2)}\n`);
  const head = ['arm | seeds | GFLOP | validation loss | difference [95%] | at or below', '--- | --: | --: | --- | --- | --:'];
  process.stdout.write(`${[...head, ...arms.map(row)].join('\n')}\n`);
};

main(process.argv.slice(2));
