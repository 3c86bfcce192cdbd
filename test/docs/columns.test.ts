/** Pages are read beside code, in diffs and in terminals: no line of theirs is longer than 120 columns, but for what cannot be broken. */
import assert from 'node:assert/strict';
import { PAGES, pageOf } from './blocks.js';

const COLUMNS = 120;

/** Lines with their numbers, without the rows of tables, pictures, and what a program printed or reads as one line. */
const breakable = (page: string): readonly (readonly [line: number, text: string])[] => {
  let language: string | undefined;
  return pageOf(page)
    .split('\n')
    .flatMap((text, index) => {
      const fence = /^```(\w*)/.exec(text);
      if (fence !== null) language = language === undefined ? fence[1] : undefined;
      const whole = language === undefined ? /^(\||!\[)/.test(text) : language === 'text' || (language === 'ts' && text.startsWith('//'));
      return whole ? [] : [[index + 1, text] as const];
    });
};

describe('the pages', () => {
  it(`have lines of at most ${COLUMNS} columns`, () => {
    const pages = [...PAGES, 'CONTRIBUTING.md'];
    assert.ok(pages.length > 25);
    assert.deepEqual(
      pages.flatMap((page) =>
        breakable(page)
          .filter(([, text]) => [...text].length > COLUMNS)
          .map(([line, text]) => `${page}:${line} has ${[...text].length} columns`),
      ),
      [],
    );
  });
});
