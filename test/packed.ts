/** The package as npm packs it, from what this test was compiled with. Not a test itself. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** What this file was compiled into: `src`, `dsl`, `backends` and the tests. */
const BUILT = fileURLToPath(new URL('../', import.meta.url));

/** The folder of package.json, upwards of the compiled test. */
export const packageRoot = async (folder = BUILT): Promise<string> => {
  const manifest: { name?: string } = await readFile(join(folder, 'package.json'), 'utf8').then(JSON.parse, () => ({}));
  if (manifest.name === 'vcycle') return folder;
  assert.notEqual(dirname(folder), folder, 'no package.json of vcycle above the test');
  return packageRoot(dirname(folder));
};

export const npm = (cwd: string, ...args: readonly string[]) => execute('npm', [...args, '--silent'], { cwd, timeout: 280_000 });

/** What the package's manifest lists, and what npm packs unasked, where `npm pack` finds it: sources from here, what is compiled from the build. */
export const stage = async (root: string, staged: string): Promise<void> => {
  const { files }: { files: readonly string[] } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  for (const entry of ['package.json', 'README.md', 'LICENSE', ...files]) {
    // A pattern is npm's to read: all of the folder under it is laid out.
    const path = entry.replace(/\/\*.*$/, '');
    const from = path.startsWith('dist/') ? join(BUILT, path.slice('dist/'.length)) : join(root, path);
    await cp(from, join(staged, path), { recursive: true });
  }
};

/** Packs what was staged; the path of the tarball. */
export const pack = async (staged: string): Promise<string> => {
  const [{ filename }]: [{ filename: string }] = JSON.parse((await npm(staged, 'pack', '--json', '--ignore-scripts')).stdout);
  return join(staged, filename);
};
