/** The table of a plan as text, with `width` characters per line. Not here: what is in it (`plan-sheet.ts`). */
import type { Plan } from '../../plan/plan.js';
import { renderSheet } from '../table/table.js';
import { planSheet } from './plan-sheet.js';

export const planTable = (plan: Plan, width = 80): string => renderSheet(planSheet(plan), width);
