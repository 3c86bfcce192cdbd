/** Lines under a plan about parts of a learning rate that have too few steps. Not here: which parts these are (`src/plan/cut-short.ts`). */
import { match } from 'ts-pattern';
import type { CutShort } from '../../plan/cut-short.js';
import { counted, percent } from '../table/format.js';

/** The largest number of parts that are listed one by one. */
const MOST = 4;

/** `train(10) (stage 2.2 and 3 like it)` */
const placeOf = ({ stage, times }: CutShort): string =>
  stage === undefined ? 'the run' : `${stage.op} (stage ${stage.at}${times === 1 ? '' : ` and ${times - 1} like it`})`;

const lineOf = (cut: CutShort): string => {
  const { part, steps, of, reached = 0 } = cut;
  const takes = `takes ${counted(of, 'step')}`;
  return match(part)
    .with('warm-up', () => `Warm-up ${takes} and ${placeOf(cut)} has ${steps}: the learning rate gets to ${percent(reached)} of its peak.`)
    .with(
      're-warm-up',
      () =>
        `Re-warm-up ${takes} and is cut short after ${steps}, with ${placeOf(cut)}: the learning rate gets to ${percent(reached)} of what it would be.`,
    )
    .with('decay', () => `Decay ${takes} and warm-up leaves ${placeOf(cut)} ${steps}: it begins when the warm-up is over and ends on time.`)
    .exhaustive();
};

/**
 * @example
 * cutShortLines([{ part: 'warm-up', times: 1, steps: 10, of: 100, reached: 10 / 101 }])
 * // ['Warm-up takes 100 steps and the run has 10: the learning rate gets to 9.9% of its peak.']
 */
export const cutShortLines = (all: readonly CutShort[]): readonly string[] => [
  ...all.slice(0, MOST).map(lineOf),
  ...(all.length > MOST ? [`${counted(all.length - MOST, 'line')} more of this kind are in the plan as data.`] : []),
];
