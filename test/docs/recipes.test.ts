/**
 * The three recipes of CONTRIBUTING name every file that they touch: each file that they name is there, and each file that knows one that was added
 * by the recipe is named.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const PAGE = 'CONTRIBUTING.md';

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap(({ name }) => {
    const path = `${folder}/${name}`;
    return statSync(path).isDirectory() ? filesIn(path) : [path];
  });

const recipeOf = (title: string): string => {
  const [, recipe = assert.fail(`${PAGE} has no "## ${title}"`)] =
    new RegExp(`^## ${title}\n([\\s\\S]*?)(?=^## |$(?![\\s\\S]))`, 'm').exec(readFileSync(PAGE, 'utf8')) ?? [];
  return recipe;
};

/** Files and folders of the repository in backticks; `NAME` stands for that of what is added. */
const namedIn = (recipe: string): readonly string[] =>
  [...recipe.matchAll(/`((?:src|dsl|backends|web|test|docs)\/[\w./-]+|README\.md|package\.json)`/g)].map(([, path = '']) => path);

const withoutComments = (file: string): string => readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');

interface Recipe {
  readonly title: string;
  /** What stands for `NAME`, so that such a file is there. */
  readonly example: string;
  /** Where files that know an example are looked for. */
  readonly folders: readonly string[];
  /** Whether a file is one that the recipe touches. */
  readonly knows: (code: string) => boolean;
  /** Files that know the example for reasons of their own. */
  readonly own: readonly string[];
}

const KINDS = ['train', 'restrict', 'prolongate', 'grow'];

const recipes: readonly Recipe[] = [
  {
    title: 'Add an operation',
    example: 'softmax',
    folders: ['src', 'backends', 'test/program'],
    // A row of a table, a method, a list of words: wherever erf is said to be something.
    knows: (code) => /^\s*(export const )?erf\s*(\(|:|,$| =)|^for each in \(.*"erf"/m.test(code),
    own: [],
  },
  {
    title: 'Add a stage',
    example: '',
    folders: [
      ...[
        'src',
        'dsl',
        'test/dsl/pipeline.test.ts',
        'test/dsl/nothing-dropped.test.ts',
        'test/types/law-9.test.ts',
        'test/schedule/arbitrary.ts',
        'test/schedule/sensible.ts',
      ],
      ...['test/runner/pipelines.ts', 'test/runner/run.test.ts', 'test/runner/run-laws.ts', 'test/runner/mortal-schedule.ts'],
    ],
    // `evaluate` was added by the recipe; and whatever speaks of all kinds that were there may have to speak of one more.
    knows: (code) =>
      /'evaluate'|^ {2}evaluate: /m.test(code) || KINDS.every((kind) => new RegExp(`'${kind}'|^ {2}${kind}: `, 'm').test(code)),
    // The cycles, and laws, ask of some kinds what others have not.
    own: ['dsl/types/stage/cycle.ts', 'src/laws/pipeline-laws.ts'],
  },
  {
    title: 'Add a backend',
    example: 'null',
    folders: ['src', 'backends', 'web', 'test/backends', 'test/web', 'README.md', 'package.json'],
    knows: (code) => /tfjs-wasm|createTfjsWasm/.test(code),
    // Its own files.
    own: ['backends/tfjs/index.ts', 'backends/tfjs/wasm.ts', 'backends/tfjs/wasm-node.ts', 'test/backends/tfjs.test.ts'],
  },
];

describe('the recipes of CONTRIBUTING', () => {
  for (const { title, example, folders, knows, own } of recipes) {
    it(`${title}: name files that are there`, () => {
      const named = namedIn(recipeOf(title));
      assert.ok(named.length >= 8, named.join());
      const missing = named.filter((path) => !path.includes('NAME/backend.ts') && !existsSync(join(path.replace('NAME', example))));
      assert.deepEqual(missing, []);
    });

    it(`${title}: name every file that knows one which is there`, () => {
      const named = new Set(namedIn(recipeOf(title)));
      const knowing = folders
        .flatMap((path) => (statSync(path).isDirectory() ? filesIn(path) : [path]))
        .filter((file) => /\.(ts|py|md|json)$/.test(file) && knows(withoutComments(file)));
      assert.ok(knowing.length >= 7, knowing.join());
      assert.deepEqual(
        knowing.filter((file) => !named.has(file) && !own.includes(file)),
        [],
      );
      assert.deepEqual(
        own.filter((file) => !knowing.includes(file)),
        [],
      );
    });
  }
});
