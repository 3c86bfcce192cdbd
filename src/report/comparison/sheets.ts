/**
 * The tables of a comparison: what each contender came to, and what each pair shows. Not here: characters on lines (`../table.ts`).
 */
import { count, loss, seconds } from '../format.js';
import type { Row, Sheet } from '../sheet.js';
import type { Comparison, Spread, Standing } from './comparison.js';
import type { Pair, Race } from './pair.js';
import type { Estimate } from './statistics.js';

const NOTHING = '–';

const spreadSaid = ({ mean, deviation }: Spread): string =>
  Number.isFinite(mean) ? `${loss(mean)}${deviation === undefined ? '' : ` ±${deviation.toFixed(4)}`}` : 'diverged';

const factorSaid = ({ rateFactor }: Standing): string => (rateFactor === undefined ? '' : `×${rateFactor}`);

/** One row a contender. */
export const standingsSheet = ({ standings, tuned }: Comparison): Sheet => {
  const rates = tuned !== undefined;
  return {
    columns: [
      { head: ['contender'], align: 'left', shrinks: true },
      { head: ['layers'], align: 'right' },
      ...(rates ? [{ head: ['rate'], align: 'right' as const }] : []),
      { head: ['steps'], align: 'right' },
      { head: ['FLOPs'], align: 'right' },
      { head: ['seconds'], align: 'right' },
      { head: ['training loss'], align: 'right' },
      { head: ['validation loss'], align: 'right' },
    ],
    rows: standings.map(
      (standing): Row => [
        standing.name,
        String(standing.schedule.setup.model.layers),
        ...(rates ? [factorSaid(standing)] : []),
        String(standing.steps),
        count(standing.flops),
        seconds(standing.seconds),
        spreadSaid(standing.training),
        spreadSaid(standing.validation),
      ],
    ),
    sentences: [],
  };
};

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;

/** The value over its interval. */
const estimateSaid = (estimate: Estimate | undefined, show: (value: number) => string): string => {
  if (estimate === undefined) return NOTHING;
  const { value, interval } = estimate;
  return interval === undefined ? show(value) : `${show(value)}\n[${show(interval.low)}, ${show(interval.high)}]`;
};

/** A table has no room for more digits, and intervals of seeds have none. */
const whole = (share: number): string => `${Math.round(100 * share)}%`.replace('-', '−');

/** What was saved; bounds of it where the loss was first looked at too late for more. */
const savingSaid = (saved: Estimate, { against, pipeline }: Race['atFirstLook'], exactly: string): string => {
  if (against > 0) return NOTHING;
  return pipeline > 0 ? `≥ ${whole(saved.value)}` : exactly;
};

/** How many seeds came to the loss, or what was saved of FLOPs. */
const raceSaid = ({ saving, reached, seeds, atFirstLook }: Race): string =>
  saving === undefined ? `${reached} of ${seeds}` : savingSaid(saving, atFirstLook, estimateSaid(saving, whole));

const timeSaid = ({ savingOfTime, atFirstLook }: Race): string =>
  savingOfTime === undefined ? NOTHING : savingSaid(savingOfTime, atFirstLook, whole(savingOfTime.value));

/** One row a pair. */
export const pairsSheet = ({ pairs }: Comparison): Sheet => ({
  columns: [
    { head: ['pipeline'], align: 'left', shrinks: true },
    { head: ['against'], align: 'left', shrinks: true },
    { head: ['validation', 'difference'], align: 'right' },
    { head: ['FLOPs saved', 'validation'], align: 'right' },
    { head: ['FLOPs saved', 'training'], align: 'right' },
    { head: ['time', 'saved'], align: 'right' },
  ],
  rows: pairs.map(
    ({ pipeline, against, bothEnded, difference, race }: Pair): Row => [
      pipeline,
      against,
      `${bothEnded ? '' : '* '}${estimateSaid(difference.validation, signed)}`,
      raceSaid(race.validation),
      raceSaid(race.training),
      timeSaid(race.validation),
    ],
  ),
  sentences: [],
});

/** A best factor at the end of those that were tried is none that was found. */
const atTheEdge = ({ standings, tuned = [] }: Comparison): readonly string[] => {
  if (tuned.length < 2) return [];
  const edges = [Math.min(...tuned), Math.max(...tuned)];
  const names = standings.flatMap(({ name, rateFactor = 1 }) => (edges.includes(rateFactor) ? [`${name} (×${rateFactor})`] : []));
  return names.length === 0
    ? []
    : [`The best factor was the smallest or largest that was tried for ${names.join(', ')}: try further ones.`];
};

/** How the figures were made. */
export const methodOf = (comparison: Comparison): readonly string[] => {
  const { seeds, window, tuned, workers, pairs } = comparison;
  return [
    `Losses are means over ${seeds.length === 1 ? 'one seed' : `${seeds.length} seeds`} ± their standard deviation; a training loss is the mean over the last ${window} step${window === 1 ? '' : 's'} of a stage.`,
    `Saved: 1 − FLOPs of the pipeline / FLOPs of the other, each until its finest network first has the loss with which the other run of the same seed ended; "k of n" where only so many seeds came to it, "≥" where it was there when first looked at. FLOPs are those of matrix products in training and transfers.`,
    ...(seeds.length < 2
      ? []
      : [
          `Intervals are 95% percentile bootstrap intervals over seeds, paired by seed. A difference is shown when its interval leaves 0 out and an exact sign-flip test is below 5%.`,
        ]),
    ...(pairs.some(({ bothEnded }) => !bothEnded)
      ? ['* at the FLOPs of the cheaper of the two, where the other one had not ended: its learning rate was still high.']
      : []),
    ...(tuned === undefined
      ? []
      : [
          `Learning rates: of the peak times ${tuned.join(', ')} each contender has the one with the lowest validation loss on seed ${seeds[0] ?? ''}.`,
          ...atTheEdge(comparison),
        ]),
    `Seconds were measured with ${workers === 1 ? 'one worker' : `${workers} workers side by side`}.`,
  ];
};
