/**
 * Where a prolongation may interpolate over depth: between layers whose positions ascend. Not here: the matrices that follow from it
 * (`src/transfer/operators.ts`).
 */

import { printOperator } from '../print/stages.js';
import type { ProlongateStage, RestrictStage } from '../schedule.js';
import { widthHasOwnWay } from '../sentences.js';
import { placesFault } from './matrices.js';
import { denseRestriction, layerParts, matricesOf } from './operator.js';

/** The sentence about an interpolation that is not possible, or nothing. */
export const interpolationFault = (
  { interpolation }: ProlongateStage,
  { operator }: RestrictStage,
  fineLayers: number,
): string | undefined => {
  if (interpolation === 'own') return undefined;
  if (layerParts(operator).length === 0) return widthHasOwnWay(printOperator(operator), interpolation);
  return interpolation === 'linear' && matricesOf(operator).length > 0 ? placesFault(denseRestriction(operator, fineLayers)) : undefined;
};
