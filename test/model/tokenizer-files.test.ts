/** The files of a tokenizer beside a model: what Hugging Face's own code is told. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { byteTokenizer } from '../../src/data/tokenizers/bytes.js';
import { characterTokenizer } from '../../src/data/tokenizers/characters.js';
import { huggingFaceTokenizer } from '../../src/data/tokenizers/hugging-face.js';
import { namedEncoding } from '../../src/data/tokenizers/tiktoken.js';
import { TOKENIZER_FILES, tokenizerFiles, tokenizerJson } from '../../src/model/tokenizer-files.js';
import { right } from '../data/right.js';

const ALPHABET = 'abc \n日😀é';

const tokenizers = () => [characterTokenizer(ALPHABET), byteTokenizer, right(namedEncoding('gpt2'))];

describe('the files of a tokenizer', function () {
  this.timeout(30_000);

  it('are read as a tokenizer.json with the same ids and the same text', () => {
    for (const tokenizer of tokenizers()) {
      const json = JSON.parse(JSON.stringify(tokenizerJson(tokenizer)));
      const again = right(huggingFaceTokenizer({ kind: 'hugging-face', name: 'tokenizer.json', endOfText: null, tokenizer: json }));
      assert.equal(again.vocabulary, tokenizer.vocabulary);
      fc.assert(
        fc.property(fc.array(fc.constantFrom(...ALPHABET, 'ab', ' a'), { maxLength: 20 }), (parts) => {
          const text = parts.join('');
          const ids = right(tokenizer.encode(text));
          assert.deepEqual(right(again.encode(text)), ids);
          assert.equal(again.decode(ids), text);
          assert.deepEqual([...ids].map(again.bytesOf), [...ids].map(tokenizer.bytesOf));
        }),
        { numRuns: 100 },
      );
    }
  });

  it('say how far to generate, and what ends a text where something does', () => {
    const [characters, , gpt2] = tokenizers().map((each) => tokenizerFiles(each, { context: 64, vocabulary: each.vocabulary }));
    const of = (files: ReadonlyMap<string, object> | undefined, name: string): Record<string, unknown> => ({ ...files?.get(name) });
    assert.deepEqual(of(characters, TOKENIZER_FILES.generation), {
      max_length: 64,
      bos_token_id: null,
      eos_token_id: null,
      pad_token_id: null,
    });
    assert.equal(of(gpt2, TOKENIZER_FILES.generation).eos_token_id, 50_256);
    const more = tokenizerFiles(byteTokenizer, { context: 64, vocabulary: 259 });
    assert.deepEqual(of(more, TOKENIZER_FILES.generation).suppress_tokens, [256, 257, 258]);
    assert.equal(of(gpt2, TOKENIZER_FILES.configuration).eos_token, '<|endoftext|>');
    assert.equal(of(characters, TOKENIZER_FILES.configuration).tokenizer_class, 'PreTrainedTokenizerFast');
    assert.equal(of(characters, TOKENIZER_FILES.configuration).clean_up_tokenization_spaces, false);
  });

  it('put no token before a text, and cut none off: no text has one in training', () => {
    const tokenizer = { ...tokenizerJson(byteTokenizer), post_processor: { type: 'TemplateProcessing' }, truncation: {}, padding: {} };
    const theirs = right(huggingFaceTokenizer({ kind: 'hugging-face', name: 'tokenizer.json', endOfText: null, tokenizer }));
    assert.deepEqual(tokenizerJson(theirs), { ...tokenizer, post_processor: null, truncation: null, padding: null });
  });

  it('keep a character that is called as every object is', () => {
    // A vocabulary is an object, whose names are characters: none may be lost.
    const { model } = tokenizerJson(characterTokenizer(ALPHABET)) as { model: { vocab: Record<string, number> } };
    assert.deepEqual(Object.keys(model.vocab).sort(), [...ALPHABET].sort());
  });
});
