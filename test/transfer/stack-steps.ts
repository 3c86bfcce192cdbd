/** Single transfers on a stack of levels, resolved from its present state. */

import type { LevelStack } from '../../src/runner/levels/level-stack.js';
import type { Grid } from '../../src/schedule/grid.js';
import type { GrowStage, ProlongateStage, RestrictStage } from '../../src/schedule/schedule.js';
import { resolveGrowth, resolveProlongation, resolveRestriction } from '../../src/transfer/resolve.js';

type Transferred = ReturnType<LevelStack['transfer']>;

export const restrictTo = (stack: LevelStack, stage: RestrictStage, to: Grid): Transferred =>
  stack.transfer(resolveRestriction(stage, stack.current, to), to);

export const prolongateBack = (stack: LevelStack, stage: ProlongateStage): Transferred => {
  const { fine, coarse, origin } = stack.lastTwo;
  return stack.transfer(resolveProlongation(stage, coarse, fine, origin.transfer), fine);
};

export const growTo = (stack: LevelStack, stage: GrowStage, to: Grid): Transferred =>
  stack.transfer(resolveGrowth(stage, stack.current, to), to);
