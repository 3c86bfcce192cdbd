/**
 * What a comparison shows, in sentences; if it shows nothing, they say so. Validation loss decides; training loss is only in the tables.
 */
import { loss, percent } from '../table/format.js';
import type { Comparison } from './comparison.js';
import type { Pair, Race } from './pair.js';
import { LEAST_SAMPLES } from './sign-flip.js';
import type { Interval, Saving } from './statistics.js';

/** An end of the interval that is not known is omitted. */
const intervalPhrase = (interval: Partial<Interval> | undefined, show: (value: number) => string): string => {
  if (interval === undefined) return '';
  const { low, high } = interval;
  const ends = [low === undefined ? '' : `${high === undefined ? 'from ' : ''}${show(low)}`, high === undefined ? '' : `to ${show(high)}`];
  return ` (95% interval ${ends.filter((end) => end !== '').join(' ')})`;
};

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`;

/** The number of seeds, and why fewer than six decide nothing. */
const caveat = (seeds: number): string =>
  seeds >= LEAST_SAMPLES
    ? ''
    : `; ${seeds === 1 ? 'one seed decides' : `${seeds} seeds decide`} nothing, for with fewer than ${LEAST_SAMPLES} all differences have one sign by chance too often`;

/** One pair at equal FLOPs. */
const atEqualFlops = ({ pipeline, against, difference: { validation } }: Pair): string => {
  const where = 'at equal FLOPs';
  if (validation === undefined) return `${pipeline} against ${against}: a run diverged, so no losses are compared.`;
  const figures = `${signed(validation.value)} nats${intervalPhrase(validation.interval, signed)}`;
  if (!validation.shown) return `${pipeline} against ${against}, ${where}: no difference shown: ${figures}.`;
  const word = validation.value < 0 ? 'lower' : 'higher';
  return `${pipeline} ends with a ${word} validation loss than ${against} ${where}: ${figures}.`;
};

/** Why only bounds of a saving are known. */
const latePhrase = ({ pipeline, against }: Pair, { atFirstLook, seeds }: Race): string => {
  const late = [
    ...(atFirstLook.pipeline > 0 ? [`${pipeline} (${atFirstLook.pipeline} of ${seeds} seeds)`] : []),
    ...(atFirstLook.against > 0 ? [`${against} (${atFirstLook.against} of ${seeds} seeds)`] : []),
  ];
  return late.length === 0 ? '' : ` Already at it when first evaluated: ${late.join(', ')}; evaluate more often.`;
};

const savedPhrase = ({ least, most }: Saving): string => {
  if (least === most) return percent(most);
  return least === undefined ? `at most ${percent(most)}` : `from ${percent(least)} to ${percent(most)}`;
};

const racePhrase = (pair: Pair, race: Race): string => {
  const { pipeline, against } = pair;
  const { reached, seeds, saving, target } = race;
  const goal = `the validation loss of ${against} (${loss(target)})`;
  if (saving === undefined) return `${against} diverged, so it has no loss to reach.`;
  const above = `in ${seeds - reached} of ${seeds} seeds`;
  if (reached < seeds && !saving.shown) return `${pipeline} ends above ${goal} ${above}: no saving shown.`;
  const figures = `${savedPhrase(saving)} of the FLOPs${intervalPhrase(saving.interval, percent)}`;
  const late = latePhrase(pair, race);
  if (!saving.shown) return `To ${goal}, no difference shown: ${pipeline} saves ${figures}.${late}`;
  if (saving.most > 0) return `To ${goal}, ${pipeline} saves ${figures}.${late}`;
  const censored = reached < seeds ? `; it ends above it ${above}, which counts as more than all that it had` : '';
  return `To ${goal}, ${pipeline} costs more: it saves ${figures}${censored}.${late}`;
};

/** Whether a pair can be compared at equal FLOPs, which decides a claim. */
export const isFair = ({ bothEnded }: Pair): boolean => bothEnded;

export interface Verdict {
  readonly pipeline: string;
  /** The one sentence. */
  readonly verdict: string;
  /** One sentence for each pair. */
  readonly details: readonly string[];
}

/** The conclusion from all fair pairs: a pipeline is useful if it beats everything that one would train instead. */
const concluded = (pipeline: string, pairs: readonly Pair[], seeds: number): string => {
  const fair = pairs.filter(isFair);
  if (fair.length === 0) return `${pipeline}: nothing was trained for equal FLOPs, so nothing is shown.`;
  const worse = fair.filter(({ difference: { validation } }) => validation?.shown === true && validation.value > 0);
  const better = fair.filter(({ difference: { validation } }) => validation?.shown === true && validation.value < 0);
  const names = (list: readonly Pair[]): string => list.map(({ against }) => against).join(', ');
  if (worse.length > 0)
    return `${pipeline}: at equal FLOPs ${names(worse)} ${worse.length === 1 ? 'ends' : 'end'} with a lower validation loss; nothing is gained here.`;
  if (better.length === fair.length)
    return `${pipeline} ends with a lower validation loss at equal FLOPs than ${fair.length === 1 ? '' : 'each of '}${names(fair)}.`;
  const undecided = fair.filter((pair) => !better.includes(pair));
  return `${pipeline}: no difference shown at equal FLOPs against ${names(undecided)}${better.length === 0 ? '' : `; better than ${names(better)}`}${caveat(seeds)}.`;
};

/** One verdict for each pipeline, in their order. */
export const verdicts = ({ standings, pairs, seeds }: Comparison): readonly Verdict[] =>
  standings
    .filter(({ role, name }) => role === 'pipeline' && pairs.some(({ pipeline }) => pipeline === name))
    .map(({ name }) => {
      const own = pairs.filter(({ pipeline }) => pipeline === name);
      return {
        pipeline: name,
        verdict: concluded(name, own, seeds.length),
        // If one of the two had not ended, its loss was still falling, so only the race is a fair comparison.
        details: own.flatMap((pair) => [...(isFair(pair) ? [atEqualFlops(pair)] : []), racePhrase(pair, pair.race.validation)]),
      };
    });
