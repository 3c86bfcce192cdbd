/**
 * The loss on held-out text of a model folder, in float64 and by a forward pass that shares nothing with programs and backends: what
 * whoever loads the files would find. Not a test itself.
 */
import { heldOutBatches } from '../../src/data/batches.js';
import type { Dataset } from '../../src/data/dataset.js';
import { readModelFolder, type SavedModel } from '../../src/model/model-folder.js';
import { RUN_FILES } from '../../src/runner/folder/run-folder.js';
import type { Setup } from '../../src/schedule/schedule.js';
import { plainLogits } from '../huggingface/plain-gpt.js';
import { right } from './harness.js';

/** The model among a run's files, which are named as in its folder. */
export const savedModel = (files: ReadonlyMap<string, Uint8Array>): SavedModel => {
  const prefix = `${RUN_FILES.model}/`;
  return right(
    readModelFolder(new Map([...files].flatMap(([name, bytes]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), bytes]] : [])))),
  );
};

/** −log of the probability that the logits give the target. */
const surprise = (logits: readonly number[], target: number): number => {
  const most = Math.max(...logits);
  return most + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0)) - (logits[target] ?? Number.NaN);
};

/** Nats per token. */
export const savedLoss = ({ model, h, parameters }: SavedModel, dataset: Dataset, { batch, evaluation }: Setup): number => {
  const { context } = model;
  const each: number[] = [];
  for (const drawn of heldOutBatches(dataset, { batch, context, count: evaluation.batches })) {
    const { inputs, targets } = right(drawn);
    for (let row = 0; row < batch; row++) {
      const tokens = [...inputs.subarray(row * context, (row + 1) * context)];
      for (const [time, logits] of plainLogits(parameters, model, h, tokens).entries())
        each.push(surprise(logits, targets[row * context + time] ?? -1));
    }
  }
  return each.reduce((sum, loss) => sum + loss, 0) / each.length;
};
