/** Hugging Face's names of a model's parameters, by family. Not here: moving values between the two (`hugging-face.ts`). */
import { familyOf } from './families.js';
import type { SizedModel } from './family.js';
import type { Naming } from './hugging-face.js';
import { levelParameters } from './parameters.js';

/** Of a level with the model's layers, at step size h. */
export const namingOf = (model: SizedModel, h: number): Naming => ({
  correspondences: familyOf(model).huggingFace.correspondences(model),
  parameters: new Map(levelParameters(model, { layers: model.layers, h }).map(({ fullName, spec }) => [fullName, spec])),
  what: `a ${model.kind} of ${model.layers} layers`,
  h,
});
