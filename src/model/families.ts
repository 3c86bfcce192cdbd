/**
 * The table of model families, by the kind of the schedule's model. To add one: its representation in `src/schedule`, its file beside the others, and
 * a row here.
 */

import { addModelKind, type ModelProperties } from '../schedule/model-kinds.js';
import type { Model } from '../schedule/schedule.js';
import type { Family } from './family.js';
import { gpt } from './gpt.js';
import { llama } from './llama.js';

const families = new Map<string, Family>([
  [gpt.kind, gpt],
  [llama.kind, llama],
]);

export const allFamilies = (): readonly Family[] => [...families.values()];

/** The family of a model. */
export const familyOf = ({ kind }: Pick<Model, 'kind'>): Family => {
  const family = families.get(kind);
  if (family === undefined) throw new Error(`no family of models is called ${kind}`);
  return family;
};

/**
 * Registers one more family, for a model of your own in a pipeline's file or a test; the returned function removes it.
 *
 * @param properties JSON Schema of the keys that its models have besides layers, heads, width, context and vocabulary.
 */
export const addFamily = (family: Family, properties: ModelProperties): (() => void) => {
  families.set(family.kind, family);
  const removeKind = addModelKind(family.kind, properties);
  return () => {
    families.delete(family.kind);
    removeKind();
  };
};
