/** Where the lines of a narrow column break. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { wrap, wrapProse } from '../../src/report/table/wrap.js';

describe('text in a narrow column', () => {
  it('breaks after commas, else after parentheses, and never between an option and its value', () => {
    assert.equal(wrap('restrict(average(2), moments: reset, tau: 2)', 18), 'restrict(\naverage(2),\nmoments: reset,\ntau: 2)');
    assert.equal(wrap('train until plateau, at most 8', 14), 'train until\nplateau, at\nmost 8');
  });

  it('keeps its indentation on every line', () => {
    assert.equal(wrap('  restrict(width(2)) and more', 14), '  restrict(\n  width(2))\n  and more');
    assert.equal(wrap('  evaluation ×1', 14), '  evaluation\n  ×1');
  });

  it('indents the lines after the first further where it is told to', () => {
    assert.equal(wrap('  even ends lower than fine', 16, 2), '  even ends\n    lower than\n    fine');
  });

  it('loses nothing but blanks at line ends, and is never wider than it may be', () => {
    const text = fc.array(fc.constantFrom('restrict(', 'average(2)', ', ', 'moments: ', 'reset', ' ', ')', '123456789'), { maxLength: 30 });
    fc.assert(
      fc.property(text, fc.integer({ min: 12, max: 40 }), (words, width) => {
        const given = words.join('').trimEnd();
        const wrapped = wrap(given, width);
        assert.equal(wrapped.replace(/\s/g, ''), given.replace(/\s/g, ''));
        for (const line of wrapped.split('\n')) assert.ok(line.length <= Math.max(width, given.length <= width ? given.length : 0), line);
      }),
    );
  });
});

describe('running text in a narrow column', () => {
  it('keeps its own lines, breaks at blanks, and a longer word where it must', () => {
    assert.equal(wrapProse('in the beginning\n\n  was the  word', 10), 'in the\nbeginning\n\n  was the\nword');
    assert.equal(wrapProse('a 12345678901 b', 5), 'a\n12345\n67890\n1 b');
    // A letter with its mark, and one of two code units.
    assert.equal(wrapProse('e\u0301e\u0301e\u0301', 3), 'e\u0301\ne\u0301\ne\u0301');
    assert.equal(wrapProse('a<U+0005>bc<U+0000>d', 10), 'a<U+0005>b\nc<U+0000>d', "a character's number stays whole");
    assert.equal(wrapProse('😀😀😀', 3), '😀\n😀\n😀');
  });

  it('loses nothing but blanks, and has no line that is wider than it may be', () => {
    const prose = fc.array(fc.constantFrom('a', 'word', ' ', '  ', '\n', '12345678901234567', 'é', '😀'), { maxLength: 40 });
    fc.assert(
      fc.property(prose, fc.integer({ min: 2, max: 12 }), (words, width) => {
        const wrapped = wrapProse(words.join(''), width);
        assert.equal(wrapped.replace(/\s/g, ''), words.join('').replace(/\s/g, ''));
        for (const line of wrapped.split('\n')) assert.ok(line.trimEnd().length <= width, line);
      }),
    );
  });
});
