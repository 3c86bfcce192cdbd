import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { characterTokenizer } from '../../src/data/tokenizers/characters.js';
import { tokenizerFromJson } from '../../src/data/tokenizers/from-json.js';

/** Text of any code points, astral ones too; never empty. */
const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 200 });

const right = <A>(either: E.Either<{ readonly message: string }, A>): A => {
  if (E.isLeft(either)) assert.fail(either.left.message);
  return either.right;
};

describe('character tokenizer', () => {
  it('decodes what it encodes to the same text', () => {
    fc.assert(
      fc.property(text, (text) => {
        const tokenizer = characterTokenizer(text);
        const tokens = right(tokenizer.encode(text));
        assert.equal(tokenizer.decode(tokens), text);
        assert.ok(tokens.every((token) => token >= 0 && token < tokenizer.vocabulary));
        assert.equal(tokens.length, [...text].length);
      }),
    );
  });

  it('numbers characters by their code points', () => {
    const tokenizer = characterTokenizer('b😀a\nb');
    assert.deepEqual(right(tokenizer.encode('\nab😀')), Int32Array.of(0, 1, 2, 3));
    assert.equal(tokenizer.vocabulary, 4);
  });

  it('comes back from JSON the same', () => {
    fc.assert(
      fc.property(text, (text) => {
        const tokenizer = characterTokenizer(text);
        const again = right(tokenizerFromJson(JSON.parse(JSON.stringify(tokenizer))));
        assert.deepEqual(again.encode(text), tokenizer.encode(text));
        assert.deepEqual(again.toJSON(), tokenizer.toJSON());
      }),
    );
  });

  it('names the first character that it does not know, and where', () => {
    const encoded = characterTokenizer('abc').encode('ab😀é');
    assert.deepEqual(
      encoded,
      E.left({
        kind: 'input',
        message: 'character 3 of the text, "😀" (U+1F600), is not among the 3 characters that the tokenizer knows',
      }),
    );
  });

  it('throws on a token outside the vocabulary, which no encoding gives', () => {
    assert.throws(() => characterTokenizer('abc').decode([0, 3]), RangeError);
    assert.throws(() => characterTokenizer('abc').decode([-1]), RangeError);
  });

  const refused: readonly [string, unknown, RegExp][] = [
    ['another kind', { kind: 'bpe' }, /kind must be "characters", .* \(was "bpe"\)/],
    ['no object', null, /kind must be "characters"/],
    ['no characters', { kind: 'characters' }, /must be a string/],
    ['an empty vocabulary', { kind: 'characters', characters: '' }, /must be a string/],
    ['a character twice', { kind: 'characters', characters: 'aba' }, /twice/],
  ];
  for (const [what, json, sentence] of refused) {
    it(`refuses ${what}`, () => {
      const tokenizer = tokenizerFromJson(json);
      assert.ok(E.isLeft(tokenizer));
      assert.match(tokenizer.left.message, sentence);
    });
  }
});
