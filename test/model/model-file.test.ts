/** A model as one file holds what the model folder holds. */
import assert from 'node:assert/strict';
import * as E from 'fp-ts/lib/Either.js';
import { characterTokenizer } from '../../src/data/tokenizers/characters.js';
import type { Fault } from '../../src/fault.js';
import { packModelFile, unpackModelFile } from '../../src/model/model-file.js';
import { MODEL_FILES, readModelFolder, writeModelFolder } from '../../src/model/model-folder.js';
import { decodeSafetensors } from '../../src/model/safetensors.js';
import { randomParameters } from '../huggingface/random-model.js';

const right = <A>(result: E.Either<Fault, A>): A => (E.isLeft(result) ? assert.fail(result.left.message) : result.right);
const sentence = (result: E.Either<Fault, unknown>): string => (E.isLeft(result) ? result.left.message : assert.fail('it was accepted'));

describe('a model as one file', () => {
  const tokenizer = characterTokenizer('naïve “quotes”\n');
  const model = { kind: 'gpt', layers: 2, heads: 2, width: 8, context: 6, bias: true, vocabulary: tokenizer.vocabulary } as const;
  const folder = writeModelFolder({ model, h: 2, parameters: randomParameters(model, tokenizer.vocabulary, 1), tokenizer });

  it('is read as the same model, to the bit', () => {
    const again = right(readModelFolder(right(unpackModelFile(right(packModelFile(folder))))));
    const before = right(readModelFolder(folder));
    assert.deepEqual({ ...again, tokenizer: again.tokenizer?.toJSON() }, { ...before, tokenizer: before.tokenizer?.toJSON() });
  });

  it('is safetensors to whoever reads those: the same tensors, and whose layout they follow', () => {
    const packed = right(decodeSafetensors(right(packModelFile(folder))));
    assert.deepEqual(packed.tensors, right(decodeSafetensors(folder.get(MODEL_FILES.weights) ?? assert.fail())).tensors);
    assert.equal(packed.metadata.format, 'pt');
  });

  it('refuses a folder that is not whole, bare weights, and other files', () => {
    const { [MODEL_FILES.own]: _, ...partial } = Object.fromEntries(folder);
    assert.match(sentence(packModelFile(new Map(Object.entries(partial)))), /^vcycle\.json: the model folder must hold this file/);
    assert.match(sentence(unpackModelFile(folder.get(MODEL_FILES.weights) ?? assert.fail())), /^the header must hold config\.json/);
    assert.match(sentence(unpackModelFile(new TextEncoder().encode('a text, nothing more'))), /^safetensors: /);
  });
});
