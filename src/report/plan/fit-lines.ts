/** What fits came to, as sentences under a run's table. Not here: how a transfer is learnt (`src/runner/stages/fit.ts`). */
import type { FitResult, StageRecord } from '../../runner/events/events.js';
import { loss } from '../table/format.js';

/** Each batch has a loss of its own, and each but the first is seen by what was learnt so far. */
const lossesOf = ({ steps, first, last }: FitResult): string =>
  steps === 1
    ? `${loss(first)} on its batch, before its step`
    : `${loss(first)} on the first of its ${steps} batches, and ${loss(last)} on the last`;

/** Of each transfer that was learnt. */
export const learntFits = (stages: readonly StageRecord[]): readonly string[] =>
  stages.flatMap(({ op, fit }) => (fit === undefined ? [] : [`${op}: the loss was ${lossesOf(fit)}.`]));
