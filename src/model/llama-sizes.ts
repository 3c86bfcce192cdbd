/** Sizes that follow from those of a Llama-shaped model. */
import type { LlamaModel } from '../schedule/schedule.js';

/** Units of a head. */
export const headSizeOf = ({ width, heads }: Pick<LlamaModel, 'width' | 'heads'>): number => width / heads;

/** Units of all heads of keys, and of all heads of values. */
export const keyValueWidthOf = (model: Pick<LlamaModel, 'width' | 'heads' | 'keyValueHeads'>): number =>
  model.keyValueHeads * headSizeOf(model);
