/** Folders that the Transformers of this machine writes now: read as the model that they say, with its logits. Those of another day are in test/golden. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPretrained } from '../../src/runner/read-pretrained.js';
import { inTemporaryFolder, right } from '../runner/harness.js';
import { compiledLogits } from './compiled-logits.js';
import { madeFolders, pythonFor, type Sequences } from './python.js';

const TOLERANCE = 1e-4;

describe('models of Hugging Face’s Transformers, as weights to begin with', function () {
  this.timeout(180_000);

  it('have its logits to 1e-4: GPT-2s whole, in shards of bf16, without the head in f16; Llamas and a Qwen3', async function () {
    const python = await pythonFor(this);
    await inTemporaryFolder(async (folder) => {
      await madeFolders(python, folder);
      for (const name of ['whole', 'sharded-bf16', 'bare-f16', 'llama', 'llama-of-old', 'qwen3']) {
        const { model, parameters } = right(readPretrained(join(folder, name)));
        const { tokens, logits }: Sequences = JSON.parse(readFileSync(join(folder, name, 'logits.json'), 'utf8'));
        const ours = (await compiledLogits(parameters, model, 1, tokens)).flat(2);
        const differences = logits.flat(2).map((logit, index) => Math.abs(logit - (ours[index] ?? Number.NaN)));
        assert.ok(Math.max(...differences) < TOLERANCE, `${name}: logits differ by ${Math.max(...differences)}`);
      }
    });
  });
});
