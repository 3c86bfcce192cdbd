/**
 * What races tell by rule and window, where nothing is to be told: the figures of docs/decisions/0013. Not a test itself.
 * `node dist/test/report/race-rules.js`
 */
import { mean } from 'd3-array';
import { stream } from '../../src/data/random.js';
import { signFlip } from '../../src/report/comparison/sign-flip.js';
import { type Ending, noisyLosses, STEPS } from './noisy-curves.js';

const SEEDS = 6;
const COMPARISONS = 1000;

type Smoothed = readonly number[];
/** The step at which a smoothed loss is reached; Infinity where it never is. */
type Rule = (curve: Smoothed, target: number) => number;

const firstPassage: Rule = (curve, target) => {
  const index = curve.findIndex((loss) => loss <= target);
  return index < 0 ? Number.POSITIVE_INFINITY : index + 1;
};

const comesToStay: Rule = (curve, target) => {
  const above = curve.findLastIndex((loss) => !(loss <= target));
  return above === curve.length - 1 ? Number.POSITIVE_INFINITY : above + 2;
};

/** The mean over the last steps; NaN while there are too few. */
const smoothed = (losses: readonly number[], window: number): Smoothed => {
  let sum = 0;
  return losses.map((loss, index) => {
    sum += loss - (index < window ? 0 : (losses[index - window] ?? 0));
    return index < window - 1 ? Number.NaN : sum / window;
  });
};

interface RaceResult {
  readonly own: readonly number[];
  readonly all: number;
  readonly shown: number;
}

/** Six runs against six, over and over: `share` of the others' FLOPs a step. */
const race = (rule: Rule, window: number, ours: Ending, share: number): RaceResult => {
  const random = stream(5, 'race rules');
  const run = (ending: Ending): Smoothed => smoothed(noisyLosses(random, ending).losses, window);
  const own: number[] = [];
  let [all, shown] = [0, 0];
  for (let comparison = 0; comparison < COMPARISONS; comparison++) {
    const saved = Array.from({ length: SEEDS }, () => {
      const [a, b] = [run(ours), run({})];
      const target = b.at(-1) ?? Number.NaN;
      const to = rule(b, target);
      own.push(to / STEPS);
      return to - share * rule(a, target);
    });
    if (!saved.every(Number.isFinite)) continue;
    all += 1;
    if (signFlip(saved) < 0.05 && (mean(saved) ?? 0) > 0) shown += 1;
  }
  return { own, all: all / COMPARISONS, shown: shown / COMPARISONS };
};

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;

const main = (): void => {
  const head = [
    'window',
    'rule',
    'own final loss reached before 90 %',
    'mean',
    'A/A: all six reach',
    'A/A: saving shown',
    'ends 0.01 above at 64 % of the FLOPs: shown',
  ];
  const rules: readonly (readonly [string, Rule])[] = [
    ['first passage', firstPassage],
    ['comes to stay', comesToStay],
  ];
  const rows = [5, Math.ceil(STEPS / 20)].flatMap((window) =>
    rules.map(([name, rule]) => {
      const alike = race(rule, window, {}, 1);
      const above = race(rule, window, { above: 0.01 }, 0.64);
      const early = alike.own.filter((share) => share < 0.9).length / alike.own.length;
      return [
        `${window} steps`,
        name,
        percent(early),
        percent(mean(alike.own) ?? Number.NaN),
        percent(alike.all),
        percent(alike.shown),
        percent(above.shown),
      ];
    }),
  );
  process.stdout.write(`${[head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`);
};

main();
