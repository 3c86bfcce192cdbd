/**
 * The rooms and their order, as a law: imports run only downwards. A room may import rooms that are below it, and itself.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';

/** From the top down; rooms in one row do not know each other, except where said. */
const ROOMS: readonly (readonly string[])[] = [
  ['src/cli', 'web'],
  ['src/index.ts'],
  ['src/library.ts'],
  ['src/watch'],
  ['src/store'],
  ['src/laws', 'src/report'],
  ['src/sweep', 'src/baselines'],
  ['src/runner'],
  ['src/plan'],
  ['backends', 'dsl'],
  ['src/open-backend.ts'],
  ['src/backend.ts'],
  ['src/model'],
  ['src/optimizer'],
  ['src/transfer'],
  ['src/schedule'],
  ['src/program'],
  ['src/data'],
  ['src/files'],
  ['src/result.ts'],
  ['src/fault.ts', 'src/invalid.ts', 'src/json-text.ts', 'src/option-rules.ts', 'src/record-schema.ts'],
  ['src/options.ts'],
  ['src/alive.ts', 'src/nearest.ts', 'src/shown-value.ts'],
  ['src/thrown.ts', 'src/visible.ts'],
];

const sources = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return path.endsWith('.ts') ? [path] : [];
  });

const posix = (path: string): string => path.split(sep).join('/');

const roomOf = (path: string): { readonly room: string; readonly height: number } | undefined => {
  for (const [height, row] of ROOMS.entries())
    for (const room of row) if (path === room || path.startsWith(`${room}/`)) return { room, height };
  return undefined;
};

const importsOf = (file: string): readonly string[] =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, target = '']) =>
    posix(normalize(join(dirname(file), target))).replace(/\.js$/, '.ts'),
  );

/** Without its comments. */
const codeOf = (file: string): string => readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');

describe('architecture', () => {
  const files = ['src', 'dsl', 'backends', 'web'].flatMap(sources).map(posix);

  it('has a room for every source file', () => {
    assert.deepEqual(
      files.filter((file) => roomOf(file) === undefined),
      [],
    );
  });

  it('imports only downwards', () => {
    const upwards = files.flatMap((file) =>
      importsOf(file).flatMap((target) => {
        const from = roomOf(file);
        const to = roomOf(target);
        const fine = from && to && (from.room === to.room || from.height < to.height);
        return fine ? [] : [`${file} imports ${target}`];
      }),
    );
    assert.deepEqual(upwards, []);
  });

  it('lets no meaning depend on syntax: only the text form and those above the schedule import it', () => {
    const meaning = files.filter((file) => file.startsWith('src/schedule/') && !file.startsWith('src/schedule/text/'));
    assert.ok(meaning.includes('src/schedule/walk/walk.ts') && meaning.includes('src/schedule/print/stages.ts'));
    const syntactic = meaning.flatMap((file) =>
      importsOf(file)
        .filter((target) => target.startsWith('src/schedule/text/'))
        .map((target) => `${file} imports ${target}`),
    );
    assert.deepEqual(syntactic, []);
  });

  it('resolves transfers in one place: only it and the laws ask for the recipes of a prolongation', () => {
    const asking = files.filter((file) => /\bprolongationRecipes\(/.test(readFileSync(file, 'utf8')) && !file.startsWith('src/laws/'));
    assert.deepEqual(asking, ['src/transfer/resolve.ts']);
  });

  it('lets only the command line speak of its options', () => {
    const options = new Set(
      files.filter((file) => file.startsWith('src/cli/')).flatMap((file) => codeOf(file).match(/--[a-z][a-z-]+(?= |')/g) ?? []),
    );
    assert.ok(options.has('--out') && options.has('--held-out') && options.size > 30, [...options].join());
    // The page gives a command to run the same elsewhere; the compiler's sentence has both ways; `vcycle setup` is what the library asks for itself.
    const allowed = [
      'web/form-schedule.ts',
      'src/schedule/text/sentences.ts',
      'backends/tfjs/cuda.ts',
      'backends/tfjs/tensorflow/',
      'backends/torch/start.ts',
    ];
    const spoken = files
      .filter((file) => !file.startsWith('src/cli/') && !allowed.some((each) => file.startsWith(each)))
      .flatMap((file) =>
        (codeOf(file).match(/(?<=[ '`])--[a-z][a-z-]+/g) ?? []).filter((word) => options.has(word)).map((word) => `${file} has ${word}`),
      );
    assert.deepEqual(spoken, []);
  });

  it('has one way to the disk: below the command line, src/files alone calls the file system', () => {
    // What a process is can be read in /proc; what a page is made of, in the package itself.
    const allowed = new Set(['src/runner/folder/process-identity.ts', 'src/watch/watch-server.ts']);
    const others = files.filter(
      (file) =>
        file.startsWith('src/') &&
        !file.startsWith('src/files/') &&
        !file.startsWith('src/cli/') &&
        !allowed.has(file) &&
        /from '(node:)?fs(\/promises)?'/.test(readFileSync(file, 'utf8')),
    );
    assert.deepEqual(others, []);
  });

  it('prints in one place of the command line, where nothing from elsewhere reaches a terminal as it is', () => {
    const printing = files.filter((file) =>
      /\b(process\.(stdout|stderr)|std(out|err))\.write\(|\bconsole\.(log|error|warn)\(/.test(codeOf(file)),
    );
    // Processes of their own, whose parent reads what they print.
    assert.deepEqual(printing, [
      'src/cli/process/print.ts',
      'backends/own-process/webgpu-question.ts',
      'backends/tfjs/tensorflow/check-loading.ts',
    ]);
  });

  it('returns where a step fails, from the plan upwards: no chains of steps', () => {
    const rooms = ['plan', 'runner', 'sweep', 'baselines', 'report', 'store', 'watch', 'cli'].map((room) => `src/${room}/`);
    const above = files.filter((file) => rooms.some((room) => file.startsWith(room)));
    const read = (file: string): string => readFileSync(file, 'utf8');
    assert.ok(above.filter((file) => /\bE\.isLeft\(/.test(read(file))).length > 40);
    const chaining = above.filter((file) => /\b(E|TE)\.(chain|flatMap|bind|Do\b|apS|filterOrElse|orElse|match|fold|tap)/.test(read(file)));
    assert.deepEqual(chaining, []);
  });

  it('asks a thrown value for its words and its code in one place', () => {
    const inlined = files.filter((file) => /instanceof Error\b[^;]*(\? \(?\w+\.message|'code' in)/.test(readFileSync(file, 'utf8')));
    assert.deepEqual(inlined, ['src/thrown.ts']);
  });

  it('lets only the command line and the page name concrete backends', () => {
    const named = files.flatMap((file) =>
      importsOf(file)
        .filter(
          (target) =>
            target.startsWith('backends/') && !file.startsWith('backends/') && !file.startsWith('src/cli/') && !file.startsWith('web/'),
        )
        .map((target) => `${file} imports ${target}`),
    );
    assert.deepEqual(named, []);
  });
});
