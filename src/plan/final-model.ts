/** The model with which a plan ends: after growth, not the one with which it begins. */
import type { SizedModel } from '../model/family.js';
import { modelAt } from '../model/parameters.js';
import type { Plan } from './plan.js';

export const finalModel = (model: SizedModel, { stages }: Pick<Plan, 'stages'>): SizedModel => {
  const last = stages.at(-1);
  return last === undefined ? model : { ...modelAt(model, last), layers: last.layers };
};
