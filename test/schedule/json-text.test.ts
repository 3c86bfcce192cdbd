/** JSON by hand: what JavaScript's parser takes is taken, but for a key that is given twice; whatever is refused is refused with its line. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { type JsonFault, readJsonText } from '../../src/json-text.js';

const faultOf = (text: string): JsonFault => {
  const read = readJsonText(text);
  return E.isLeft(read) ? read.left : assert.fail(`taken: ${text}`);
};

const parses = (text: string): boolean => E.isRight(E.tryCatch(() => JSON.parse(text), String));

describe('JSON text', () => {
  it('says what JSON.parse says of it', () => {
    fc.assert(fc.property(fc.json(), (text) => assert.deepEqual(readJsonText(text), E.right(JSON.parse(text)))));
  });

  it('is refused where JSON.parse refuses it, with a line in it', () => {
    const broken = fc
      .tuple(
        fc.jsonValue(),
        fc.nat(),
        fc.nat(4),
        fc.constantFrom('', '{', '}', '[', ']', ',', ':', '"', 'x', '\n', '\\', '\u0001', '//', '0'),
      )
      .map(([value, at, cut, piece]) => {
        const text = JSON.stringify({ value, more: [value] }, undefined, 1);
        const place = at % (text.length + 1);
        return text.slice(0, place) + piece + text.slice(place + cut);
      })
      .filter((text) => !parses(text));
    fc.assert(
      fc.property(broken, (text) => {
        const { line, sentence } = faultOf(text);
        assert.ok(line !== undefined && line >= 1 && line <= text.split('\n').length, sentence);
        assert.match(sentence, /^not JSON: expected .+ \(was (?:"[^\n]*"|the end of the text)\)$/);
      }),
      { numRuns: 500 },
    );
  });

  it('with a key twice in one object is refused, wherever the object is, however the key is spelt', () => {
    const place = fc.constantFrom<readonly [wrap: (inner: string) => string, within: string]>(
      [(inner) => inner, ''],
      [(inner) => `{ "setup": ${inner} }`, ' in setup'],
      [(inner) => `{ "stages": [{}, { "until": ${inner} }] }`, ' in stages[1].until'],
    );
    fc.assert(
      fc.property(
        fc.string({ maxLength: 20 }),
        fc.jsonValue(),
        fc.jsonValue(),
        place,
        fc.boolean(),
        (key, first, second, [wrap, within], escaped) => {
          const spelt = escaped ? `"${[...key].map((letter) => [...letter].map(escapeOf).join('')).join('')}"` : JSON.stringify(key);
          const text = wrap(`{ ${JSON.stringify(key)}: ${JSON.stringify(first)},\n "other": 1,\n${spelt}: ${JSON.stringify(second)} }`);
          if (key === 'other') return;
          assert.deepEqual(faultOf(text), {
            kind: 'content',
            line: 3,
            sentence: `the key "${key.slice(0, 40)}" is given twice${within} (first in line 1); give it once`,
          });
        },
      ),
      { numRuns: 200 },
    );
    assert.equal(faultOf('{"a":1,"a":1}').sentence, 'the key "a" is given twice; give it once');
    assert.ok(E.isRight(readJsonText('[{"a":1},{"a":1,"b":{"a":1}}]')));
  });

  it('says what would have been right', () => {
    const cases: readonly (readonly [text: string, line: number, sentence: string])[] = [
      ['', 1, 'expected a value (was the end of the text)'],
      ['{\n "steps": 3,\n}', 3, 'expected a key in double quotes (was "}")'],
      ['{\n "steps": \n}', 3, 'expected a value (was "}")'],
      ['{ "steps" 3 }', 1, 'expected ":" (was "3")'],
      ['{ "steps": 3\n"seed": 4 }', 2, 'expected "," (was "\\"seed\\"")'],
      ['[1, 2', 1, 'expected "]" or "," (was the end of the text)'],
      ['{}\n{}', 2, 'expected the end of the text (was "{")'],
      ["{ 'steps': 3 }", 1, 'expected a value, or a key in double quotes (was "\'steps\'")'],
      ['// a remark\n{}', 1, 'expected no comment (was "// a remark")'],
      ['{ "source": "a\nb" }', 1, 'expected a text that ends in its line with a double quote (was "\\"a")'],
    ];
    for (const [text, line, sentence] of cases)
      assert.deepEqual(faultOf(text), { kind: 'syntax', line, sentence: `not JSON: ${sentence}` }, text);
  });

  it('deeper than any stack is refused', () => {
    assert.match(faultOf(`${'['.repeat(1e5)}${']'.repeat(1e5)}`).sentence, /too deep; flatten them$/);
  });
});

const escapeOf = (letter: string): string =>
  Array.from({ length: letter.length }, (_, at) => `\\u${letter.charCodeAt(at).toString(16).padStart(4, '0')}`).join('');
