/**
 * The rooms and their order, as a law: imports run only downwards. A room may import rooms that are below it, and itself.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { circleIn, graphOf, importsOf, innermostRoom, sources } from './import-graph.js';

/** From the top down; rooms in one row do not know each other, except where said. */
const ROOMS: readonly (readonly string[])[] = [
  ['bench', 'build'],
  // Its cases are measured, too.
  ['test'],
  ['src/cli', 'web', 'pipelines'],
  ['src/index.ts'],
  ['src/library.ts'],
  ['src/watch'],
  ['src/store'],
  ['src/laws', 'src/report'],
  ['src/sweep', 'src/baselines', 'src/search'],
  ['src/slurm'],
  ['src/runner'],
  ['src/plan', 'src/export'],
  ['backends', 'dsl'],
  ['src/open-backend.ts'],
  ['src/backend.ts'],
  ['src/model'],
  ['src/optimizer'],
  ['src/transfer'],
  ['src/schedule'],
  ['src/onnx'],
  ['src/program'],
  ['src/data'],
  ['src/files'],
  ['src/result.ts'],
  ['src/fault.ts', 'src/invalid.ts', 'src/json-text.ts', 'src/option-rules.ts', 'src/record-schema.ts'],
  ['src/options.ts'],
  ['src/alive.ts', 'src/json-object.ts', 'src/nearest.ts', 'src/queue-task.ts', 'src/shown-value.ts'],
  ['src/byte-pieces.ts', 'src/thrown.ts', 'src/visible.ts'],
];

const roomOf = (path: string): { readonly room: string; readonly height: number } | undefined => {
  for (const [height, row] of ROOMS.entries())
    for (const room of row) if (path === room || path.startsWith(`${room}/`)) return { room, height };
  return undefined;
};

/** The folders in which whatever is imported by name is packed, and those that only are on it. */
const PACKED = ['src', 'dsl', 'backends', 'web'];
const UNPACKED = ['bench', 'build', 'pipelines'];

/** Rooms whose files say a notion of another room in another form, under its name: a command's work, a measurement, as text, as builders, as types. */
const FORMS = ['src/cli/commands', 'bench/measure', 'bench/gpu', 'src/schedule/text', 'src/schedule/print', 'dsl'];

/** Other names that several files have, and the one thing that each says of all of them. */
const NAMES: Readonly<Record<string, string>> = {
  'backend.ts': 'the contract of backends, and what makes one by it',
  'cpu.ts': 'a runtime on the CPU',
  'cuda.ts': 'a runtime on an NVIDIA GPU',
  'even-odd.ts': "the method's even and odd networks in one setting",
  'even.ts': 'even layers first in one setting',
  'head.ts': "a network's head",
  'hugging-face.ts': 'its names and files at Hugging Face',
  'index.ts': 'the table or the entrance of its room',
  'install.ts': 'installing a runtime for one user',
  'installation.ts': 'an installed runtime',
  'lowering.ts': 'what each operation becomes in a runtime',
  'main.ts': 'where a command or a page begins',
  'messages.ts': 'what two sides say to each other',
  'registry.ts': 'backends by name',
  'settings.ts': 'what is run, and how often',
  'table.ts': 'rows of text',
  'tensors.ts': 'the tensors of a runtime',
  'wasm.ts': 'a runtime in WebAssembly',
  'webgpu-node.ts': 'a runtime on WebGPU, in Node',
  'webgpu.ts': 'a runtime on WebGPU',
};

/** What is at a room's entrance: three lines of its README.md. */
const DOOR = /^- Here: .+\.\n- To change: .+\.\n- Must not know: (`.+)\.$/m;

/** Whether a door's third line speaks of a file or room: of all rooms in it, unless the door's own is one of them. */
const speaksOf = (door: string, unknown: string, target: string): boolean =>
  target === unknown || (door.startsWith(`${unknown}/`) ? innermostRoom(target) === unknown : target.startsWith(`${unknown}/`));

/** Without its comments. */
const codeOf = (file: string): string => readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');

describe('architecture', () => {
  const files = PACKED.flatMap(sources);
  const everywhere = [...files, ...UNPACKED.flatMap(sources)];

  it('has a room for every source file', () => {
    assert.deepEqual(
      everywhere.filter((file) => roomOf(file) === undefined),
      [],
    );
  });

  it('imports only downwards', () => {
    const upwards = everywhere.flatMap((file) =>
      importsOf(file).flatMap((target) => {
        const from = roomOf(file);
        const to = roomOf(target);
        const fine = from && to && (from.room === to.room || from.height < to.height);
        return fine ? [] : [`${file} imports ${target}`];
      }),
    );
    assert.deepEqual(upwards, []);
  });

  it('has no circle of files, and none of inner rooms', () => {
    assert.equal(circleIn(graphOf(everywhere, (file) => file))?.join(' imports '), undefined);
    assert.equal(circleIn(graphOf(everywhere, innermostRoom))?.join(' imports '), undefined);
  });

  it('has three lines at the entrance of each room: what is there, what may be changed, what it must not know; and does not know it', () => {
    const rooms = [...new Set([...everywhere.map((file) => dirname(file)), 'bench/peers', 'backends/torch/worker'])];
    const doors = rooms.filter((room) => !/^pipelines\/studies\/paper\//.test(room));
    const wrong = doors.flatMap((room) => {
      const page = `${room}/README.md`;
      const [, last = ''] = (existsSync(page) && DOOR.exec(readFileSync(page, 'utf8'))) || [];
      const unknown = [...(last.split('`: ')[0] ?? '').matchAll(/`?([\w/.-]+)`?/g)].map(([, name = '']) => name);
      if (unknown.length === 0) return [`${page} must have the lines "- Here: …", "- To change: …", "- Must not know: \`room\`, …"`];
      const lost = unknown.filter((name) => !existsSync(name)).map((name) => `${page} speaks of ${name}, which is not there`);
      const known = everywhere
        .filter((file) => dirname(file) === room)
        .flatMap((file) => importsOf(file).map((target) => ({ file, target })))
        .filter(({ target }) => unknown.some((name) => speaksOf(room, name, target)));
      return [...lost, ...known.map(({ file, target }) => `${file} imports ${target}, which ${page} says it must not know`)];
    });
    assert.deepEqual(wrong, []);
  });

  it('names only files that are there: in comments, from where they are, from src or from the top', () => {
    const lost = [...everywhere, ...sources('test').filter((file) => !file.includes('/fixtures/'))].flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/`((?:\.\.\/)*[\w-][\w./-]*\.ts)`/g)]
        .map(([, name = '']) => name)
        .filter((name) => ![dirname(file), 'src', '.'].some((from) => existsSync(join(from, name))))
        .map((name) => `${file} names ${name}`),
    );
    assert.deepEqual(lost, []);
  });

  it('has no two files of one name that mean different things', () => {
    const named = new Map<string, string[]>();
    for (const file of everywhere)
      if (!FORMS.some((room) => file.startsWith(`${room}/`))) named.set(basename(file), [...(named.get(basename(file)) ?? []), file]);
    const twice = [...named].filter(([name, all]) => all.length > 1 && NAMES[name] === undefined);
    assert.deepEqual(
      twice.map(([name, all]) => `${name}: ${all.join(', ')}; call one of them otherwise, or say in NAMES what both are`),
      [],
    );
    assert.deepEqual(
      Object.keys(NAMES).filter((name) => (named.get(name)?.length ?? 0) < 2),
      [],
    );
  });

  it('compares no backend by its name but in the registries', () => {
    const names = ['src/cli/backends/registry.ts', 'web/registry.ts'].flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/^ {2}'?([\w-]+)'?: (\{$|\w+,$)/gm)].map(([, name = '']) => name),
    );
    assert.ok(names.includes('onnx-cpu') && names.includes('null') && names.includes('onnx-wasm'), names.join());
    const compared = new RegExp(`([!=]==?|\\b(case|includes\\(|startsWith\\(|endsWith\\(|with\\()) ?'(${names.join('|')})'`);
    assert.deepEqual(
      everywhere.filter((file) => compared.test(codeOf(file))),
      [],
    );
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
    // The page gives a command to run the same elsewhere; the compiler's sentence has both ways; `vcycle setup` is what the library asks for itself;
    // squeue has options of its own.
    const allowed = [
      'web/form-schedule.ts',
      'src/schedule/text/sentences.ts',
      'backends/tfjs/cuda.ts',
      'backends/tfjs/tensorflow/',
      'backends/torch/start.ts',
      'src/slurm/slurm.ts',
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

  it('returns where a step fails: no chains of steps, but in the parser of the text form', () => {
    const read = (file: string): string => readFileSync(file, 'utf8');
    const own = files.filter((file) => /^(src|dsl|backends)\//.test(file) && !file.startsWith('src/schedule/text/'));
    assert.ok(own.filter((file) => /\bE\.isLeft\(/.test(read(file))).length > 90);
    const chaining = own.filter((file) => /\b(E|TE)\.(chain|flatMap|bind|Do\b|apS|filterOrElse|orElse|match|fold|tap)/.test(read(file)));
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
