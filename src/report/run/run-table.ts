/** The closing table of a run as text, with `width` characters per line. Not here: what is in it (`run-sheet.ts`). */

import type { Plan } from '../../plan/plan.js';
import type { StageRecord } from '../../runner/events/events.js';
import { renderSheet } from '../table/table.js';
import { runSheet } from './run-sheet.js';

export const runTable = (stages: readonly StageRecord[], plan: Plan, width = 80, bytesPerToken?: number): string =>
  renderSheet(runSheet(stages, plan, bytesPerToken), width);
