/**
 * Finds a sentence that stands in a schedule in place of a value that could not be built: `decode` and `verify` turn it into their fault, so that
 * nothing runs it.
 */
import { type Invalid, invalid, isInvalid } from '../../invalid.js';
import { inStage } from '../sentences.js';

/** Setups, and stages without their nested stages, have no values that are nested deeper. */
const DEEPEST = 6;

/** Lists of stages, whose sentences say their stage. */
const isListOfStages = (key: string, value: unknown): value is readonly unknown[] =>
  (key === 'stages' || key === 'arms') && Array.isArray(value);

/** The first sentence in a value and its parts, without lists of stages. */
const invalidIn = (value: unknown, depth = 0): Invalid | undefined => {
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return undefined;
  if (isInvalid(value)) return value;
  for (const [key, inner] of Object.entries(value)) {
    const found = isListOfStages(key, inner) ? undefined : invalidIn(inner, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
};

/** The lists of stages in a stage, each with the prefix of the places in it. */
const listsIn = (stage: object, at: string): readonly (readonly [prefix: string, stages: readonly unknown[]])[] => {
  if ('arms' in stage && Array.isArray(stage.arms)) {
    return stage.arms.map((arm, index) => [`${at}.${index + 1}.`, Array.isArray(arm) ? arm : []]);
  }
  return 'stages' in stage && Array.isArray(stage.stages) ? [[`${at}.`, stage.stages]] : [];
};

const invalidStage = (stages: readonly unknown[], prefix = ''): Invalid | undefined => {
  for (const [index, stage] of stages.entries()) {
    if (typeof stage !== 'object' || stage === null) continue;
    const at = `${prefix}${index + 1}`;
    const own = invalidIn(stage);
    if (own !== undefined) return invalid(inStage(at, own.message));
    for (const [inner, list] of listsIn(stage, at)) {
      const found = invalidStage(list, inner);
      if (found !== undefined) return found;
    }
  }
  return undefined;
};

/** The first sentence in a schedule in place of a value; for a stage, with the stage's place. Accepts any value. */
export const firstInvalid = (schedule: unknown): Invalid | undefined => {
  const own = invalidIn(schedule);
  if (own !== undefined || typeof schedule !== 'object' || schedule === null) return own;
  return 'stages' in schedule && Array.isArray(schedule.stages) ? invalidStage(schedule.stages) : undefined;
};
