/**
 * The tables of a comparison: the results of each contender, and what each pair shows. Not here: characters on lines (`../table/table.ts`).
 */
import { backendLine } from '../plan/backend-line.js';
import { bitsSentence } from '../table/bits-per-byte.js';
import { count, loss, seconds as secondsPhrase } from '../table/format.js';
import { layersCell } from '../table/layers.js';
import { type ColumnOf, rowsOf, type Sheet } from '../table/sheet.js';
import type { Comparison, Spread, Standing } from './comparison.js';
import type { Pair, Race } from './pair.js';
import { WINDOW_SHARE } from './run-trace.js';
import { LEAST_SAMPLES, MOST_EXACT } from './sign-flip.js';
import type { Estimate, Interval, Saving } from './statistics.js';
import type { Timings } from './timings.js';

const NOTHING = '–';

/** A mean and its deviation; nothing for NaN, because a network that a last transfer led to has no training loss. */
const spreadPhrase = ({ mean, deviation }: Spread): string => {
  if (Number.isNaN(mean)) return NOTHING;
  return Number.isFinite(mean) ? `${loss(mean)}${deviation === undefined ? '' : ` ±${deviation.toFixed(4)}`}` : 'diverged';
};

const factorPhrase = ({ rateFactor }: Standing): string => (rateFactor === undefined ? '' : `×${rateFactor}`);

/** One row for each contender, with its seconds where timings are given. */
export const standingsSheet = ({ standings, tuned }: Comparison, timings?: Timings): Sheet => {
  const rate: ColumnOf<Standing> = { head: ['rate'], align: 'right', cell: factorPhrase };
  const seconds = new Map(timings?.standings.map((each) => [each.name, secondsPhrase(each.seconds)]));
  const taken: ColumnOf<Standing> = { head: ['seconds'], align: 'right', cell: ({ name }) => seconds.get(name) ?? NOTHING };
  const columns: readonly ColumnOf<Standing>[] = [
    { head: ['contender'], align: 'left', shrinks: true, cell: ({ name }) => name },
    { head: ['layers'], align: 'right', cell: ({ network }) => layersCell(network) },
    ...(tuned === undefined ? [] : [rate]),
    { head: ['steps'], align: 'right', cell: ({ steps }) => String(steps) },
    { head: ['FLOPs'], align: 'right', cell: ({ flops }) => count(flops) },
    ...(timings === undefined ? [] : [taken]),
    { head: ['training loss'], align: 'right', cell: ({ training }) => spreadPhrase(training) },
    { head: ['validation loss'], align: 'right', cell: ({ validation }) => spreadPhrase(validation) },
  ];
  return { columns, rows: rowsOf(columns, standings), sentences: [] };
};

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;

/** A figure on the line above its interval. */
const overInterval = (figure: string, interval: Partial<Interval> | undefined, show: (value: number) => string): string =>
  interval?.low === undefined || interval.high === undefined ? figure : `${figure}\n[${show(interval.low)}, ${show(interval.high)}]`;

const differencePhrase = (estimate: Estimate | undefined): string =>
  estimate === undefined ? NOTHING : overInterval(signed(estimate.value), estimate.interval, signed);

/** A rounded percentage: a table has no room for more digits, and intervals over seeds are not that precise. */
const whole = (share: number): string => `${Math.round(100 * share)}%`.replace('-', '−');

/** The saving, or its lower bound if only bounds are known; nothing if there is no lower bound. */
const savedPhrase = ({ least, most }: Saving): string => {
  if (least === undefined) return NOTHING;
  return least === most ? whole(most) : `≥ ${whole(least)}`;
};

/** How many seeds reached the loss, or the saving of FLOPs. */
const racePhrase = ({ saving, reached, seeds }: Race): string => {
  if (saving === undefined) return NOTHING;
  if (reached < seeds) return `${reached} of ${seeds}`;
  return overInterval(savedPhrase(saving), saving.interval, whole);
};

const PAIR: readonly ColumnOf<Pair>[] = [
  { head: ['pipeline'], align: 'left', shrinks: true, cell: ({ pipeline }) => pipeline },
  { head: ['against'], align: 'left', shrinks: true, cell: ({ against }) => against },
  {
    head: ['validation', 'difference'],
    align: 'right',
    cell: ({ bothEnded, difference }) => `${bothEnded ? '' : '* '}${differencePhrase(difference.validation)}`,
  },
  { head: ['FLOPs saved', 'validation'], align: 'right', cell: ({ race }) => racePhrase(race.validation) },
  { head: ['FLOPs saved', 'training'], align: 'right', cell: ({ race }) => racePhrase(race.training) },
];

const timeColumn = (timings: Timings): ColumnOf<Pair> => ({
  head: ['time', 'saved'],
  align: 'right',
  cell: ({ pipeline, against }) => {
    const saved = timings.pairs.find((pair) => pair.pipeline === pipeline && pair.against === against)?.validation;
    return saved === undefined ? NOTHING : savedPhrase(saved);
  },
});

/** One row for each pair, with the time that is saved where timings are given. */
export const pairsSheet = ({ pairs }: Comparison, timings?: Timings): Sheet => {
  const columns = timings === undefined ? PAIR : [...PAIR, timeColumn(timings)];
  return { columns, rows: rowsOf(columns, pairs), sentences: [] };
};

/** Warns of a best factor that is the smallest or largest tried, since a better one may lie beyond it. */
const atTheEdge = ({ standings, tuned }: Comparison): readonly string[] => {
  const factors = tuned?.factors ?? [];
  if (factors.length < 2) return [];
  const edges = [Math.min(...factors), Math.max(...factors)];
  const names = standings.flatMap(({ name, rateFactor = 1 }) => (edges.includes(rateFactor) ? [`${name} (×${rateFactor})`] : []));
  return names.length === 0
    ? []
    : [`The best factor was the smallest or largest that was tried for ${names.join(', ')}: try further ones.`];
};

/** Contenders whose training losses cannot be the target of a race. */
const tooShort = ({ standings, pairs }: Comparison): readonly string[] =>
  standings
    .filter(
      ({ name, window, lastSteps }) => lastSteps < window && pairs.some(({ pipeline, against }) => name === pipeline || name === against),
    )
    .map(
      ({ name, window, lastSteps }) =>
        `${name} ends with ${lastSteps} steps on its finest network, fewer than the ${window} over which its training loss is averaged: it has no FLOPs to a training loss.`,
    );

/** How intervals are computed and what they decide. */
const intervalMethod = (seeds: number): string => {
  if (seeds < LEAST_SAMPLES) return `With fewer than ${LEAST_SAMPLES} seeds there are no 95% intervals, and nothing can be shown.`;
  const test = seeds <= MOST_EXACT ? 'exact sign-flip test' : 'sign-flip test, its signs drawn';
  return `Intervals are 95% intervals over seeds, paired by seed, by inversion of the ${test}: all values that it does not reject at 5%. A difference is shown when its interval excludes 0.`;
};

/** Losses in bits per byte: all losses here are of one tokenizer, but other reports may use another one. */
const inBits = ({ bytesPerToken }: Comparison): readonly string[] => (bytesPerToken === undefined ? [] : [bitsSentence(bytesPerToken)]);

/** Which runs were done, and on what. */
export const runsSentence = ({ seeds, backend, device }: Pick<Comparison, 'seeds' | 'backend' | 'device'>): string =>
  `${seeds.length === 1 ? 'Seed' : 'Seeds'} ${seeds.join(', ')} on ${backendLine(backend, { device })}.`;

/** How the figures were computed. */
export const methodOf = (comparison: Comparison): readonly string[] => {
  const { seeds, tuned, pairs } = comparison;
  return [
    `Losses are means over ${seeds.length === 1 ? 'one seed' : `${seeds.length} seeds`} ± their standard deviation; a training loss is the mean over the last ${whole(WINDOW_SHARE)} of a run's steps, of one network.`,
    `Saved: 1 − FLOPs of the pipeline / FLOPs of the other, each until its finest network is at or below the loss with which the other run of the same seed ended, and stays there. "k of n" where it ended above it in some seeds, whose costs count as more than all that they spent; "≥" where it was there when first evaluated. FLOPs are those of matrix products in training and transfers.`,
    ...(pairs.length === 0 ? [] : [intervalMethod(seeds.length)]),
    ...tooShort(comparison),
    ...(pairs.some(({ bothEnded }) => !bothEnded)
      ? ['* at the FLOPs of the cheaper of the two, where the other one had not ended: its learning rate was still high.']
      : []),
    ...(tuned === undefined
      ? []
      : [
          `Learning rates: of the peak times ${tuned.factors.join(', ')} each contender has the one with the lowest validation loss on seed ${tuned.seed}, which does not count among the seeds.`,
          ...atTheEdge(comparison),
        ]),
    ...inBits(comparison),
  ];
};
