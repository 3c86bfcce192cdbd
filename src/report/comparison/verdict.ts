/**
 * What a comparison shows, in sentences that say so when it shows nothing. Validation loss decides; training loss stands in the tables.
 */
import { loss, percent } from '../format.js';
import type { Comparison } from './comparison.js';
import type { Pair, Race } from './pair.js';
import type { Estimate } from './statistics.js';

const LEAST_SEEDS = 6;

const intervalSaid = ({ interval }: Estimate, show: (value: number) => string): string =>
  interval === undefined ? '' : ` (95% interval ${show(interval.low)} to ${show(interval.high)})`;

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`;

/** Seeds, and why fewer than six of them decide nothing. */
const doubt = (seeds: number): string =>
  seeds >= LEAST_SEEDS
    ? ''
    : `; ${seeds === 1 ? 'one seed decides' : `${seeds} seeds decide`} nothing, for with fewer than ${LEAST_SEEDS} all differences have one sign by chance too often`;

/** One pair at equal FLOPs. */
const atEqualFlops = ({ pipeline, against, difference: { validation } }: Pair): string => {
  const where = 'at equal FLOPs';
  if (validation === undefined) return `${pipeline} against ${against}: a run diverged, so no losses are compared.`;
  const figures = `${signed(validation.value)} nats${intervalSaid(validation, signed)}`;
  if (!validation.shown) return `${pipeline} against ${against}, ${where}: no difference shown: ${figures}.`;
  const word = validation.value < 0 ? 'lower' : 'higher';
  return `${pipeline} ends with a ${word} validation loss than ${against} ${where}: ${figures}.`;
};

const raceSaid = ({ pipeline, against }: Pair, { reached, seeds, saving, target, atFirstLook }: Race): string => {
  const aim = `the validation loss of ${against} (${loss(target)})`;
  if (!Number.isFinite(target)) return `${against} diverged, so it has no loss to reach.`;
  if (saving === undefined) return `${pipeline} does not reach ${aim} in ${seeds - reached} of ${seeds} seeds: no saving shown.`;
  if (atFirstLook.against > 0)
    return `To ${aim}, nothing can be said: ${against} was at it when first evaluated, in ${atFirstLook.against} of ${seeds} seeds; evaluate more often.`;
  if (atFirstLook.pipeline > 0)
    return `To ${aim}, ${pipeline} saves at least ${percent(saving.value)} of the FLOPs: its finest network was at it when first evaluated, in ${atFirstLook.pipeline} of ${seeds} seeds; evaluate more often for an interval.`;
  const figures = `${percent(saving.value)} of the FLOPs${intervalSaid(saving, percent)}`;
  if (!saving.shown) return `To ${aim}, no difference shown: ${pipeline} saves ${figures}.`;
  return saving.value > 0 ? `To ${aim}, ${pipeline} saves ${figures}.` : `To ${aim}, ${pipeline} costs more: it saves ${figures}.`;
};

/** Whether a pair is one of equal FLOPs, which is where a claim is decided. */
export const isFair = ({ bothEnded }: Pair): boolean => bothEnded;

export interface Verdict {
  readonly pipeline: string;
  /** The one sentence. */
  readonly verdict: string;
  /** One a pair. */
  readonly details: readonly string[];
}

/** The conclusion from all fair pairs: a pipeline is worth something when it beats whatever one would train instead. */
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
  return `${pipeline}: no difference shown at equal FLOPs against ${names(undecided)}${better.length === 0 ? '' : `; better than ${names(better)}`}${doubt(seeds)}.`;
};

/** One verdict a pipeline, in their order. */
export const verdicts = ({ standings, pairs, seeds }: Comparison): readonly Verdict[] =>
  standings
    .filter(({ role, name }) => role === 'pipeline' && pairs.some(({ pipeline }) => pipeline === name))
    .map(({ name }) => {
      const own = pairs.filter(({ pipeline }) => pipeline === name);
      return {
        pipeline: name,
        verdict: concluded(name, own, seeds.length),
        // Where one had not ended, its loss was on its way down: the race is the fair question.
        details: own.flatMap((pair) => [...(isFair(pair) ? [atEqualFlops(pair)] : []), raceSaid(pair, pair.race.validation)]),
      };
    });
