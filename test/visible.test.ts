/** Text from elsewhere as it is shown: nothing in it is obeyed by a terminal, and nothing is unseen. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { foreignIn, visible, visibleLines, visibleText } from '../src/visible.js';

/** What xterm and its like act upon, and what turns the order of letters. */
const OBEYED = /(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u;

const anything = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(
      '\u001b',
      '[2J',
      '\u009b',
      '\r',
      '\u0007',
      '\u202e',
      '\u200b',
      '\ufeff',
      '\u00a0',
      '\ud800',
      'a',
      '\n',
      '\t',
      ' ',
    ),
  }),
);

describe('text that is shown', () => {
  it('holds nothing that is obeyed, or unseen, as a name; and is the same when it is shown again', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const shown = visible(text);
        assert.doesNotMatch(shown, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]|(?! )\p{Zs}/u);
        assert.equal(visible(shown), shown);
        assert.equal(visibleLines(text).split('\n').length, text.split('\n').length);
      }),
    );
  });

  it('holds nothing that is obeyed as running text, but for its line breaks and tabs', () => {
    fc.assert(fc.property(anything, (text) => assert.doesNotMatch(visibleText(text).replaceAll('\r\n', '\n'), OBEYED)));
  });

  it('leaves words of all scripts, and texts with their joiners and line ends, as they are', () => {
    for (const text of ['données.txt', 'Ωmega', '訓練', 'עברית', 'naïve – “quoted” … α²', '🙂', 'plain']) assert.equal(visible(text), text);
    for (const text of ['a\nb\tc', 'dos\r\nlines\r\n', 'می‌خواهم', '👩‍🚀', 'a\u00a0b']) assert.equal(visibleText(text), text);
  });

  it('says the numbers of what is not seen', () => {
    assert.equal(visible('a\u001b[31mb\u00a0c\ufeff\u200b\u3164'), 'a<U+001B>[31mb<U+00A0>c<U+FEFF><U+200B><U+3164>');
    assert.equal(visibleText('50 %\r100 %\u009b2J'), '50 %<U+000D>100 %<U+009B>2J');
  });

  it('names the letter that only looks like one of a word', () => {
    assert.equal(foreignIn('train'), '');
    assert.equal(foreignIn('tr\u0430in'), '; its "\u0430" is U+0430');
    assert.equal(foreignIn('train\u00a0'), '; it holds U+00A0');
  });
});
