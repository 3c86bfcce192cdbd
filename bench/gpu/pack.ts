/**
 * `npm run bench:gpu-pack`: Node, the built project and the runtimes of its WebGPU backends as .xz archives in one folder that git ignores,
 * with the script that unpacks and runs them on a machine that has neither Node nor network. Not here: that script (`run.py`).
 */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { swiftshaderEnvironment } from '../../test/backends/swiftshader.js';
import { moduleFiles } from './modules.js';

const execute = promisify(execFile);

const FOLDER = join('.cache', 'gpu');
/** What may be carried to such a machine. */
const MOST_MIB = 64;

const filesIn = (folder: string, wanted: RegExp): readonly string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesIn(path, wanted);
    return wanted.test(path) ? [path] : [];
  });

/** Files of `root` as one archive, with their paths. */
const archive = async (name: string, root: string, files: readonly string[]): Promise<void> => {
  const list = join(FOLDER, `${name}.txt`);
  await writeFile(list, files.join('\n'));
  const tar = join(FOLDER, `${name}.tar`);
  // A link in node_modules (a workspace's) is packed as what it points to; nobody's name or time is in the archive.
  await execute('tar', [
    '--create',
    '--dereference',
    '--file',
    tar,
    '--directory',
    root,
    '--owner=0',
    '--group=0',
    '--mtime=@0',
    '--files-from',
    list,
  ]);
  await execute('xz', ['--force', '-9', '--threads=0', tar], { maxBuffer: 2 ** 20 });
  await rm(list);
  const { size } = await stat(`${tar}.xz`);
  process.stderr.write(`${`${tar}.xz`.padEnd(32)} ${(size / 2 ** 20).toFixed(1).padStart(6)} MiB, ${files.length} files\n`);
};

const main = async (): Promise<void> => {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(`packing needs Linux on x64, as the far side is (was ${process.platform} on ${process.arch})`);
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  const stripped = await mkdtemp(join(tmpdir(), 'vcycle-pack-'));
  // Symbols for debuggers are a sixth of Node.
  await execute('strip', ['--strip-unneeded', '-o', join(stripped, 'node'), process.execPath]).catch(() =>
    cp(process.execPath, join(stripped, 'node')),
  );
  await archive('node', stripped, ['node']);
  await rm(stripped, { recursive: true });
  await archive('runtimes', '.', moduleFiles(process.cwd()));
  const built = ['src', 'dsl', 'backends', 'bench'].flatMap((room) => filesIn(join('dist', room), /\.js$/));
  const peers = filesIn(join('bench', 'peers'), /\.py$/);
  const helpers = filesIn(join('dist', 'test', 'backends'), /(swiftshader|packed-chromium)\.js$/);
  await archive('vcycle', '.', ['package.json', ...built, ...helpers, ...peers]);
  // For machines whose driver came without the loader; they are small.
  const { LD_LIBRARY_PATH = '' } = await swiftshaderEnvironment();
  const folder = LD_LIBRARY_PATH.split(':')[0] ?? '';
  await archive(
    'vulkan',
    dirname(folder),
    filesIn(folder, /./).map((file) => join(basename(folder), basename(file))),
  );
  await cp(join('bench', 'gpu', 'run.py'), join(FOLDER, 'run.py'));
  const sizes = await Promise.all(filesIn(FOLDER, /./).map(async (file) => (await stat(file)).size));
  const mebibytes = sizes.reduce((sum, size) => sum + size, 0) / 2 ** 20;
  if (mebibytes > MOST_MIB) throw new Error(`the folder ${FOLDER} must stay under ${MOST_MIB} MiB (was ${mebibytes.toFixed(1)} MiB)`);
  process.stdout.write(`${FOLDER}: ${mebibytes.toFixed(1)} MiB; on the far side: python3 ${FOLDER}/run.py\n`);
};

await main();
