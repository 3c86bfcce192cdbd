/** Single transfers on a stack of levels, resolved from its present state. */

import type { LevelStack } from '../../src/runner/levels/level-stack.js';
import type { Grid } from '../../src/schedule/grid.js';
import type { GrowStage, ProlongateStage, RestrictStage } from '../../src/schedule/schedule.js';
import { resolveGrowth, resolveProlongation, resolveRestriction } from '../../src/transfer/resolve.js';

export const restrictTo = (stack: LevelStack, stage: RestrictStage, to: Grid): ReturnType<LevelStack['restrict']> =>
  stack.restrict(resolveRestriction(stage, stack.current, to), to);

export const prolongateBack = (stack: LevelStack, stage: ProlongateStage): ReturnType<LevelStack['prolongate']> => {
  const { fine, coarse, origin } = stack.lastTwo;
  return stack.prolongate(resolveProlongation(stage, coarse, fine, origin.transfer));
};

export const growTo = (stack: LevelStack, stage: GrowStage, to: Grid): ReturnType<LevelStack['grow']> =>
  stack.grow(resolveGrowth(stage, stack.current, to), to);
