/**
 * Text from a model on disk: a run folder, the model folder inside one, or a model file. Node only. Not here: sampling (`sampler.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import { type Fault, inputFault } from '../fault.js';
import { type SampleOptions, sampleFaultOf } from './run-rules.js';
import { type Sample, sampleFrom } from './sampler.js';
import { readSavedModel } from './saved-model.js';

/** The continuation of a prompt by the model at `folder`. */
export const sample =
  (options: SampleOptions): TaskEither<Fault, Sample> =>
  async () => {
    const wrong = sampleFaultOf(options);
    if (wrong !== undefined) return E.left(inputFault(wrong));
    const { folder, ...sampling } = options;
    const model = readSavedModel(folder);
    return E.isLeft(model) ? model : sampleFrom(model.right, sampling)();
  };
