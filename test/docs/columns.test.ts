/** Pages are read beside code, in diffs and in terminals: no line of theirs is longer than 120 columns, but for what cannot be broken. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { PAGES, pageOf } from './blocks.js';

const COLUMNS = 120;

const ROOMS = ['backends', 'bench', 'dsl', 'findings', 'pipelines', 'src', 'web'];

const doorsOf = (room: string): readonly string[] =>
  readdirSync(room, { recursive: true, encoding: 'utf8' })
    .filter((file) => /(^|[\\/])README\.md$/.test(file) && !file.includes('.venv'))
    .map((file) => `${room}/${file.split('\\').join('/')}`);

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
    const pages = [...PAGES, 'CONTRIBUTING.md', ...ROOMS.flatMap(doorsOf)];
    assert.ok(pages.length > 90);
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
