/**
 * `npm run bench:gpu-pack`: Node, the built project and the runtimes of its WebGPU backends as .xz archives in one folder that git ignores,
 * with the script that unpacks and runs them on a machine that has neither Node nor network. Not here: that script (`run.py`), which files
 * of `node_modules` it takes (`modules.ts`).
 */
import { readdirSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type Fault, inputFault, runFault } from '../../src/fault.js';
import { swiftshaderEnvironment, swiftshaderRunsHere } from '../../test/backends/swiftshader.js';
import { output } from '../child.js';
import { moduleFiles } from './modules.js';

const FOLDER = join('.cache', 'gpu');
/** What such a machine must be able to take. */
const MOST_MIB = 64;

const say = (message: string): void => {
  process.stderr.write(`${message}\n`);
};

const mebibytes = (bytes: number): number => bytes / 2 ** 20;

const filesIn = (folder: string, wanted: RegExp): readonly string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesIn(path, wanted);
    return wanted.test(path) ? [path] : [];
  });

interface Contents {
  readonly name: string;
  readonly root: string;
  /** Paths under `root`, as which they are unpacked. */
  readonly files: readonly string[];
}

const TOOLS: readonly (readonly [string, readonly string[]])[] = [
  ['tar', ['--version']],
  ['xz', ['--version']],
];

/** Left: what must be there and is not. */
const tools: TE.TaskEither<Fault, unknown> = pipe(
  TOOLS,
  TE.traverseArray(([tool, args]) =>
    pipe(
      output(tool, args),
      TE.mapLeft(() => inputFault(`packing needs ${tool} on the PATH; install it`)),
    ),
  ),
);

const archive = ({ name, root, files }: Contents): TE.TaskEither<Fault, void> => {
  const tar = join(FOLDER, `${name}.tar`);
  const list = `${tar}.txt`;
  // Links are packed as what they point to; nobody's name or time is in the archive.
  const plain = ['--dereference', '--owner=0', '--group=0', '--mtime=@0', '--sort=name'];
  return pipe(
    TE.fromTask<void, Fault>(() => writeFile(list, files.join('\n'))),
    TE.flatMap(() => output('tar', ['--create', '--file', tar, '--directory', root, ...plain, '--files-from', list])),
    TE.flatMap(() => output('xz', ['--force', '-9', '--threads=0', tar])),
    TE.flatMapTask(() => async () => {
      await rm(list);
      const { size } = await stat(`${tar}.xz`);
      say(`${`${tar}.xz`.padEnd(32)} ${mebibytes(size).toFixed(1).padStart(6)} MiB, ${files.length} files`);
    }),
  );
};

/** Symbols for debuggers are a sixth of Node. */
const nodeIn = (folder: string): TE.TaskEither<Fault, void> =>
  pipe(
    output('strip', ['--strip-unneeded', '-o', join(folder, 'node'), process.execPath]),
    TE.match(
      ({ message }) => {
        say(`Node is packed with its symbols (${message})`);
        return true;
      },
      () => false,
    ),
    TE.fromTask,
    TE.flatMapTask((whole) => () => (whole ? cp(process.execPath, join(folder, 'node')) : Promise.resolve())),
  );

const contents = async (node: string): Promise<readonly Contents[]> => {
  const built = ['src', 'dsl', 'backends', 'bench'].flatMap((room) => filesIn(join('dist', room), /\.js$/));
  // What the benchmark of all backends imports.
  const helpers = filesIn(join('dist', 'test', 'backends'), /(swiftshader|packed-chromium)\.js$/);
  const peers = filesIn(join('bench', 'peers'), /\.py$/);
  const { LD_LIBRARY_PATH = '' } = await swiftshaderEnvironment();
  const vulkan = LD_LIBRARY_PATH.split(':')[0] ?? '';
  return [
    { name: 'node', root: node, files: ['node'] },
    { name: 'runtimes', root: '.', files: moduleFiles(process.cwd()) },
    { name: 'vcycle', root: '.', files: ['package.json', ...built, ...helpers, ...peers] },
    { name: 'vulkan', root: dirname(vulkan), files: filesIn(vulkan, /./).map((file) => join(basename(vulkan), basename(file))) },
  ];
};

/** Gives the folder's size in MiB. */
const packed = (node: string): TE.TaskEither<Fault, number> =>
  pipe(
    nodeIn(node),
    TE.flatMapTask(() => () => contents(node)),
    TE.flatMap(TE.traverseSeqArray(archive)),
    TE.flatMapTask(() => async () => {
      await cp(join('bench', 'gpu', 'run.py'), join(FOLDER, 'run.py'));
      const sizes = await Promise.all(filesIn(FOLDER, /./).map(async (file) => (await stat(file)).size));
      return mebibytes(sizes.reduce((sum, size) => sum + size, 0));
    }),
    TE.filterOrElse(
      (size) => size <= MOST_MIB,
      (size) => runFault(`${FOLDER} must stay under ${MOST_MIB} MiB (was ${size.toFixed(1)} MiB); leave out more in bench/gpu/modules.ts`),
    ),
  );

const pack: TE.TaskEither<Fault, number> = pipe(
  swiftshaderRunsHere
    ? tools
    : TE.left(inputFault(`packing needs Linux on x64, as the far side is (was ${process.platform} on ${process.arch})`)),
  TE.flatMapTask(() => async () => {
    await rm(FOLDER, { recursive: true, force: true });
    await mkdir(FOLDER, { recursive: true });
  }),
  TE.flatMap(() =>
    TE.bracket(
      TE.fromTask(() => mkdtemp(join(tmpdir(), 'vcycle-pack-'))),
      packed,
      (folder) => TE.fromTask(() => rm(folder, { recursive: true })),
    ),
  ),
);

const result = await pack();
if (E.isRight(result)) process.stdout.write(`${FOLDER}: ${result.right.toFixed(1)} MiB; on the far side: python3 run.py\n`);
else {
  say(result.left.message);
  process.exitCode = result.left.kind === 'input' ? 2 : 1;
}
