/** The text that needs depth: what a token determines, and what it leaves open. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { composedTables } from '../../pipelines/studies/composed-tables.js';

const symbolOf = (letter: string): number => (letter.charCodeAt(0) - 65) % 4;

/** For each context of `tokens` letters, older ones by their symbols alone: the symbols seen after it. */
const symbolsAfter = (text: string, tokens: number): ReadonlyMap<string, ReadonlySet<number>> => {
  const seen = new Map<string, Set<number>>();
  for (let at = 5; at + 1 < text.length; at++) {
    const older = [...text.slice(at - tokens + 1, at)].map(symbolOf).join('');
    const context = `${older}${text[at]}`;
    const symbols = seen.get(context) ?? new Set<number>();
    seen.set(context, symbols.add(symbolOf(text[at + 1] ?? '')));
  }
  return seen;
};

describe('the text of composed tables', () => {
  const text = composedTables(3, 100_000);

  it('is one text for a seed, and another one for another', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), (seed) => {
        assert.equal(composedTables(seed, 300), composedTables(seed, 300));
        assert.notEqual(composedTables(seed, 300), composedTables(seed + 1, 300));
      }),
    );
  });

  it('has letters A to P, each about as often as the others', () => {
    const counts = new Map<string, number>();
    for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    assert.deepEqual([...counts.keys()].sort(), [...'ABCDEFGHIJKLMNOP']);
    for (const count of counts.values()) assert.ok(Math.abs(count / text.length - 1 / 16) < 0.03, `${count}`);
  });

  it('gives the next symbol by the last five tokens', () => {
    for (const symbols of symbolsAfter(text, 5).values()) assert.equal(symbols.size, 1);
  });

  it('does not give the next symbol of a deep level by the last four', () => {
    const deep = [...symbolsAfter(text, 4)].filter(([context]) => (context.at(-1) ?? '') >= 'M');
    assert.ok(deep.some(([, symbols]) => symbols.size > 1));
    const shallow = [...symbolsAfter(text, 4)].filter(([context]) => (context.at(-1) ?? '') < 'M');
    for (const [context, symbols] of shallow) assert.equal(symbols.size, 1, context);
  });
});
