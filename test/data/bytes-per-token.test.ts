/** Nats per token as bits per byte: what the tokens of an evaluation stand for. */
import assert from 'node:assert/strict';
import { heldOutBatches } from '../../src/data/batches.js';
import { bitsPerByte, bytesPerToken } from '../../src/data/bytes-per-token.js';
import { encodedDataset, storedDataset, textDataset, tokensDataset } from '../../src/data/dataset.js';
import { storeOf } from '../../src/data/token-store.js';
import { byteTokenizer } from '../../src/data/tokenizers/bytes.js';
import { namedEncoding } from '../../src/data/tokenizers/tiktoken.js';
import { right } from './right.js';

const split = { source: 'text', heldOut: 0.5, context: 8 };
const shape = { batch: 3, context: 8, count: 5 };

describe('bytes of a token', () => {
  it('are one for bytes, those of its characters, those of its words', () => {
    const text = 'naïve 日本語, and so on. '.repeat(60);
    assert.equal(bytesPerToken(right(encodedDataset(text, byteTokenizer, split)), shape), 1);
    for (const dataset of [right(textDataset(text, split)), right(encodedDataset(text, right(namedEncoding('gpt2')), split))]) {
      const targets = [...heldOutBatches(dataset, shape)].flatMap((drawn) => [...right(drawn).targets]);
      const bytes = targets.reduce((sum, token) => sum + Buffer.byteLength(dataset.tokenizer.decode([token])), 0);
      // Tokens that are part of a character are counted where GPT-2 has them, too: a text's bytes are those of its tokens.
      const found = bytesPerToken(dataset, shape) ?? Number.NaN;
      if (dataset.tokenizer.kind === 'characters') assert.equal(found, bytes / targets.length);
      else assert.ok(found > 1.5 && found < 5, `${found}`);
    }
  });

  it('count none for the end of a text, and there are none of random tokens', () => {
    const gpt2 = right(namedEncoding('gpt2'));
    const tokens = storeOf(
      Int32Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? 50_256 : (right(gpt2.encode(' the'))[0] ?? 0))),
    );
    const dataset = right(storedDataset({ tokens, tokenizer: gpt2, digest: '' }, split));
    assert.equal(bytesPerToken(dataset, { ...shape, count: 1 }), 2);
    assert.equal(bytesPerToken(tokensDataset(65), shape), undefined);
  });

  it('make bits per byte: a loss of guessing bytes evenly is eight bits', () => {
    assert.ok(Math.abs(bitsPerByte(Math.log(256), 1) - 8) < 1e-12);
    assert.ok(Math.abs(bitsPerByte(Math.log(50_257), 4) - Math.log2(50_257) / 4) < 1e-12);
  });
});
