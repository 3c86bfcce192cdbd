/** Whether a model's sizes fit one another, for a family of any kind. Not here: the bounds of each (`../json/json-schema.ts`). */
import type { Model } from '../schedule.js';
import {
  baseIncomplete,
  baseWithoutParametrisation,
  headsDoNotDivide,
  keyValueHeadsDoNotDivide,
  noDepthToScale,
  oddHeadSize,
} from '../sentences.js';

export interface ModelFault {
  /** The key that the sentence begins with. */
  readonly key: string;
  readonly sentence: string;
}

const baseFault = ({ parametrisation, baseLayers, baseWidth, layers }: Model): ModelFault | undefined => {
  if (parametrisation === undefined) {
    const key = baseLayers !== undefined ? 'baseLayers' : baseWidth !== undefined ? 'baseWidth' : undefined;
    return key && { key, sentence: baseWithoutParametrisation(key) };
  }
  if (baseLayers === undefined || baseWidth === undefined) return { key: 'parametrisation', sentence: baseIncomplete() };
  return layers === 0 ? { key: 'layers', sentence: noDepthToScale() } : undefined;
};

/** The first of its sizes that does not fit another, or nothing. */
export const modelFault = (model: Model): ModelFault | undefined => {
  const { heads, width } = model;
  if (width % heads !== 0) return { key: 'heads', sentence: headsDoNotDivide(heads, width) };
  const base = baseFault(model);
  if (base !== undefined || model.kind !== 'llama') return base;
  const { keyValueHeads } = model;
  if ((width / heads) % 2 !== 0) return { key: 'heads', sentence: oddHeadSize(heads, width, width / heads) };
  return heads % keyValueHeads === 0 ? undefined : { key: 'keyValueHeads', sentence: keyValueHeadsDoNotDivide(keyValueHeads, heads) };
};
