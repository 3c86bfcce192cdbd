/** Whether a model's sizes fit one another, for a family of any kind. Not here: the bounds of each (`../json/json-schema.ts`). */
import type { Model } from '../schedule.js';
import { headsDoNotDivide, keyValueHeadsDoNotDivide, oddHeadSize } from '../sentences.js';

export interface ModelFault {
  /** The key that the sentence begins with. */
  readonly key: string;
  readonly sentence: string;
}

/** The first of its sizes that does not fit another, or nothing. */
export const modelFault = (model: Model): ModelFault | undefined => {
  const { heads, width } = model;
  if (width % heads !== 0) return { key: 'heads', sentence: headsDoNotDivide(heads, width) };
  if (model.kind !== 'llama') return undefined;
  const { keyValueHeads } = model;
  if ((width / heads) % 2 !== 0) return { key: 'heads', sentence: oddHeadSize(heads, width, width / heads) };
  return heads % keyValueHeads === 0 ? undefined : { key: 'keyValueHeads', sentence: keyValueHeadsDoNotDivide(keyValueHeads, heads) };
};
