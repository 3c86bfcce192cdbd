/**
 * Where a transfer can be learnt: what `fit` requires of the growth, or of the prolongation and its restriction. Not here: how it is learnt
 * (`src/runner/stages/fit.ts`).
 */
import { copiesLayers } from '../bounds/growth.js';
import { narrowing } from '../operators/operator.js';
import { printGrowth, printOperator } from '../print/stages.js';
import type { GrowStage, ProlongateStage, RestrictStage } from '../schedule.js';
import { fitHasNoSearch, fitHasNoTau, fitNeedsCopies, fitNeedsWidth } from '../sentences.js';

/** The sentence about a growth that makes no layer of others by coefficients alone, or nothing. */
export const growthFitFault = ({ growth, fit }: GrowStage): string | undefined =>
  fit === undefined || copiesLayers(growth) ? undefined : fitNeedsCopies(printGrowth(growth));

/** The sentence about a prolongation that cannot be learnt, or nothing. */
export const returnFitFault = ({ fit, lineSearch }: ProlongateStage, { operator, tau }: RestrictStage): string | undefined => {
  if (fit === undefined) return undefined;
  if (lineSearch !== undefined) return fitHasNoSearch();
  if (narrowing(operator) !== 1) return fitNeedsWidth(printOperator(operator));
  return tau === undefined ? undefined : fitHasNoTau();
};
