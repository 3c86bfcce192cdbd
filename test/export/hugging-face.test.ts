/** The folder for Transformers: the same function at step size 1, with nothing in it that only vcycle reads. */

import assert from 'node:assert/strict';
import { joined } from '../../src/byte-pieces.js';
import { byteTokenizer } from '../../src/data/tokenizers/bytes.js';
import { huggingFace } from '../../src/export/hugging-face.js';
import { readHuggingFace } from '../../src/model/hugging-face-folder.js';
import type { SavedModel } from '../../src/model/model-folder.js';
import { plainLogits } from '../huggingface/plain-gpt.js';
import { randomParameters } from '../huggingface/random-model.js';
import { right } from '../runner/harness.js';

const saved = (own: object, h: number, tokenizer = byteTokenizer as SavedModel['tokenizer']): SavedModel => {
  const model = { kind: 'gpt', layers: 2, heads: 2, width: 8, context: 6, bias: true, vocabulary: 7, ...own } as const;
  return { model, h, parameters: randomParameters(model, 7, 3), tokenizer };
};

const filesOf = (model: SavedModel): ReadonlyMap<string, Uint8Array> => {
  const content = right(huggingFace(model)).content();
  return content instanceof Map ? new Map([...content].map(([name, bytes]) => [name, joined(bytes)])) : assert.fail('one file');
};

const file = (files: ReadonlyMap<string, Uint8Array>, name: string): Uint8Array => files.get(name) ?? assert.fail(`no ${name}`);

describe('export for Hugging Face', () => {
  for (const own of [{}, { gelu: 'tanh' }, { bias: false }, { bias: false, gelu: 'tanh' }])
    for (const h of [1, 2, 3])
      it(`is the same function at step size 1: ${JSON.stringify(own)}, h = ${h}`, () => {
        const ours = saved(own, h);
        const files = filesOf(ours);
        const theirs = right(
          readHuggingFace(file(files, 'config.json'), new Map([['model.safetensors', file(files, 'model.safetensors')]])),
        );
        const tokens = [3, 1, 4, 1, 5, 2];
        const [asked, given] = [
          plainLogits(ours.parameters, ours.model, h, tokens).flat(),
          plainLogits(theirs.parameters, theirs.model, 1, tokens).flat(),
        ];
        assert.ok(Math.max(...asked.map(Math.abs)) > 0.5, 'logits that say nothing');
        asked.forEach((logit, index) => {
          assert.ok(Math.abs(logit - (given[index] ?? Number.NaN)) < 1e-5, `${index}: ${given[index]}, asked ${logit}`);
        });
      });

  it('stands alone: weights, configuration, tokenizer, and no file of vcycle’s', () => {
    assert.deepEqual([...filesOf(saved({}, 2)).keys()].sort(), [
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
  });

  it('says that a model of random tokens has no tokenizer', () => {
    const model = { ...saved({}, 1), tokenizer: undefined };
    assert.deepEqual([...filesOf(model).keys()].sort(), ['config.json', 'model.safetensors']);
    assert.match(right(huggingFace(model)).notes.join(), /^the model has no tokenizer: AutoModelForCausalLM opens the folder/);
  });
});
