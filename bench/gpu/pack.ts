/**
 * `npm run bench:gpu-pack`: packs Node, the built project and the runtimes of its WebGPU backends as .xz archives into one folder ignored
 * by git, with the script that unpacks and runs them on a machine without Node and network. Not here: that script (`run.py`), the selection
 * of files (`modules.ts`, `own-files.ts`).
 */
import { cp, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { sum } from 'd3-array';
import { swiftshaderEnvironment, swiftshaderRunsHere } from '../../test/backends/swiftshader.js';
import { output } from '../child.js';
import { maybe, say, script, Unmeasured } from '../unmeasured.js';
import { moduleFiles } from './modules.js';
import { filesIn, ownFiles } from './own-files.js';

const FOLDER = join('.cache', 'gpu');
/** The size that such a machine is required to accept. */
const MOST_MIB = 64;

const mebibytes = (bytes: number): number => bytes / 2 ** 20;

interface Contents {
  readonly name: string;
  readonly root: string;
  /** Paths relative to `root`, which are kept when unpacking. */
  readonly files: readonly string[];
}

const requireTool = async (tool: string): Promise<void> => {
  const found = await maybe(output(tool, ['--version']).then(() => ({})));
  if (found.kind === 'skipped') throw new Unmeasured(`packing needs ${tool} on the PATH; install it`, 2);
};

const archive = async ({ name, root, files }: Contents): Promise<void> => {
  const tar = join(FOLDER, `${name}.tar`);
  const list = `${tar}.txt`;
  // Links are replaced by their targets; owners and times are removed from the archive.
  const plain = ['--dereference', '--owner=0', '--group=0', '--mtime=@0', '--sort=name'];
  await writeFile(list, files.join('\n'));
  await output('tar', ['--create', '--file', tar, '--directory', root, ...plain, '--files-from', list]);
  // Level 9 takes minutes, on one processor, and saves a sixth.
  await output('xz', ['--force', '-1', '--threads=0', tar]);
  await rm(list);
  const { size } = await stat(`${tar}.xz`);
  say(`${`${tar}.xz`.padEnd(32)} ${mebibytes(size).toFixed(1).padStart(6)} MiB, ${files.length} files`);
};

/** Debugging symbols are a sixth of Node's size, so they are stripped if possible. */
const nodeIn = async (folder: string): Promise<void> => {
  const stripped = await maybe(output('strip', ['--strip-unneeded', '-o', join(folder, 'node'), process.execPath]).then(() => ({})));
  if (stripped.kind === 'measured') return;
  say(`Node is packed with its symbols (${stripped.reason})`);
  await cp(process.execPath, join(folder, 'node'));
};

const contents = async (node: string): Promise<readonly Contents[]> => {
  const { LD_LIBRARY_PATH = '' } = await swiftshaderEnvironment();
  const vulkan = LD_LIBRARY_PATH.split(':')[0] ?? '';
  return [
    { name: 'node', root: node, files: ['node'] },
    { name: 'runtimes', root: '.', files: moduleFiles(process.cwd()) },
    { name: 'vcycle', root: '.', files: ownFiles() },
    { name: 'vulkan', root: dirname(vulkan), files: filesIn(vulkan, /./).map((file) => join(basename(vulkan), basename(file))) },
  ];
};

await script(async () => {
  if (!swiftshaderRunsHere)
    throw new Unmeasured(`packing needs Linux on x64, as the far side is (was ${process.platform} on ${process.arch})`, 2);
  for (const tool of ['tar', 'xz']) await requireTool(tool);
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  const node = await mkdtemp(join(tmpdir(), 'vcycle-pack-'));
  try {
    await nodeIn(node);
    for (const each of await contents(node)) await archive(each);
  } finally {
    await rm(node, { recursive: true });
  }
  await cp(join('bench', 'gpu', 'run.py'), join(FOLDER, 'run.py'));
  const sizes = await Promise.all(filesIn(FOLDER, /./).map(async (file) => (await stat(file)).size));
  const size = mebibytes(sum(sizes)).toFixed(1);
  if (Number(size) > MOST_MIB)
    throw new Unmeasured(`${FOLDER} must stay under ${MOST_MIB} MiB (was ${size} MiB); leave out more in bench/gpu/modules.ts`);
  process.stdout.write(`${FOLDER}: ${size} MiB; on the far side: python3 run.py\n`);
});
