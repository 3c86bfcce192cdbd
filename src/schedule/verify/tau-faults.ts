/**
 * Where tau corrections and line searches make sense: what a restriction with tau requires of its operator and its moments, and what its prolongation
 * must be. Not here: what they compute (`src/runner/stages/tau.ts`, `src/runner/stages/line-search.ts`).
 */
import { matricesOf, narrowing, partsOf } from '../operators/operator.js';
import { printOperator } from '../print/stages.js';
import type { MatrixOperator, ProlongateStage, RestrictStage } from '../schedule.js';
import {
  searchNeedsCorrection,
  searchNeedsWidth,
  tauHasNoRescale,
  tauNeedsCorrection,
  tauNeedsEveryLayer,
  tauNeedsOwnWay,
  tauNeedsWidth,
} from '../sentences.js';

/** The gradient is restricted by the transpose of P: a coarse layer that P does not use would have none. */
const lostLayer = ({ restriction, prolongation }: MatrixOperator): number | undefined => {
  const lost = restriction.findIndex((_, column) => prolongation.every((row) => row[column] === 0));
  return lost === -1 ? undefined : lost + 1;
};

/** The sentence about a restriction whose tau makes no sense, or nothing. */
export const tauFault = ({ tau, operator, moments }: RestrictStage): string | undefined => {
  if (tau === undefined) return undefined;
  if (moments === 'rescale') return tauHasNoRescale(`restrict(${printOperator(operator)})`);
  if (narrowing(operator) !== 1) return tauNeedsWidth(printOperator(operator));
  const lost = matricesOf(operator)
    .map(lostLayer)
    .find((column) => column !== undefined);
  return lost === undefined ? undefined : tauNeedsEveryLayer(lost);
};

/** The sentence about a prolongation that does not fit a restriction with tau, or nothing. */
export const tauReturnFault = (
  { correction, interpolation, moments }: ProlongateStage,
  { operator, tau }: Pick<RestrictStage, 'operator' | 'tau'>,
): string | undefined => {
  if (tau === undefined) return undefined;
  if (interpolation !== 'own') return tauNeedsOwnWay(interpolation);
  // For an injection, replacing or mixing values equals fine + α·P(coarse − restricted), since P·restricted is the fine level's own.
  if (correction.kind !== 'correction' && partsOf(operator).some(({ kind }) => kind !== 'every'))
    return tauNeedsCorrection(printOperator(operator), correction.kind);
  return moments === 'rescale' ? tauHasNoRescale('prolongate') : undefined;
};

/** The sentence about a line search with nothing to shorten, or with shared layers that it cannot restore, or nothing. */
export const searchFault = ({ correction, lineSearch }: ProlongateStage, { operator }: RestrictStage): string | undefined => {
  if (lineSearch === undefined) return undefined;
  if (correction.kind !== 'correction') return searchNeedsCorrection(correction.kind);
  return narrowing(operator) === 1 ? undefined : searchNeedsWidth(printOperator(operator));
};
