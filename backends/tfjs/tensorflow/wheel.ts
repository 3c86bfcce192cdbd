/**
 * Extracts TensorFlow's library and headers from its PyPI wheel into a folder that `tfjs-node` and `tfjs-cuda` may share. Its Python code is
 * discarded. Not here: what is compiled against it (`compile-binding.ts`).
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, runFault } from '../../../src/fault.js';
import { NOTE } from '../../setup/cache-folder.js';
import { partOf } from '../../setup/part.js';
import { faultOfTool, runTool } from '../../setup/tool.js';
import { wheelFolder } from './installation.js';

export interface WheelOptions {
  readonly cuda: boolean;
  readonly again: boolean;
  readonly signal: AbortSignal;
}

/** The C API and the binding are older than the first of these; vcycle is tested with 2.21. */
const VERSIONS = '>=2.16,<3';

const KEPT = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2', 'include'];

const NO_PYTHON =
  'needs Python with pip, for the wheel that holds TensorFlow (tried python3 and python); on Debian or Ubuntu: sudo apt install python3-pip';

/** A Python that has pip. */
const findPython = async (signal: AbortSignal): Promise<E.Either<Fault, string>> => {
  for (const python of ['python3', 'python']) {
    const asked = await runTool(python, ['-m', 'pip', '--version'], { signal });
    if (E.isRight(asked)) return E.right(python);
  }
  return E.left(runFault(NO_PYTHON));
};

const pip = async (
  python: string,
  folder: string,
  requirements: readonly string[],
  signal: AbortSignal,
): Promise<E.Either<Fault, string>> => {
  const what = `pip could not install ${requirements.join(', ')}`;
  const options = ['--no-deps', '--no-compile', '--disable-pip-version-check', '--progress-bar=off', '--target', folder];
  return E.mapLeft(faultOfTool({ what, where: 'PyPI', absent: NO_PYTHON }))(
    await runTool(python, ['-m', 'pip', 'install', ...options, ...requirements], { signal }),
  );
};

/** The wheel's own list of the CUDA libraries that it was built for. */
const cudaRequirements = async (folder: string): Promise<readonly string[]> => {
  const info = (await readdir(folder)).find((name) => /^tensorflow-.*\.dist-info$/.test(name));
  if (info === undefined) return [];
  const metadata = await readFile(join(folder, info, 'METADATA'), 'utf8');
  return [...metadata.matchAll(/^Requires-Dist: (nvidia[^;]*?)\s*;.*extra == ['"]and-cuda['"]/gm)].map(([, requirement = '']) =>
    requirement.replace(/[()\s]/g, ''),
  );
};

const keepLibraries = async (folder: string): Promise<E.Either<Fault, void>> => {
  const inside = join(folder, 'tensorflow');
  const missing = KEPT.filter((name) => !existsSync(join(inside, name)));
  if (missing.length > 0)
    return E.left(runFault(`the wheel of TensorFlow has no ${missing.join(', ')}; it is of a kind that vcycle does not know`));
  for (const name of await readdir(inside)) if (!KEPT.includes(name)) await rm(join(inside, name), { recursive: true });
  return E.right(undefined);
};

const fill = async (folder: string, wheel: string, { cuda, signal }: WheelOptions): Promise<E.Either<Fault, void>> => {
  const python = await findPython(signal);
  if (E.isLeft(python)) return python;
  const installed = await pip(python.right, folder, [`${wheel}${VERSIONS}`], signal);
  if (E.isLeft(installed)) return installed;
  if (cuda) {
    const libraries = await pip(python.right, folder, await cudaRequirements(folder), signal);
    if (E.isLeft(libraries)) return libraries;
  }
  return keepLibraries(folder);
};

/** The name of the folder, under vcycle's cache, with library and headers. */
export const installWheel = async (options: WheelOptions): Promise<E.Either<Fault, string>> => {
  const name = options.cuda ? 'tensorflow-cuda' : 'tensorflow-cpu';
  const folder = wheelFolder(name);
  if (existsSync(join(folder, NOTE)) && !options.again) return E.right(name);
  const part = partOf(folder);
  try {
    await mkdir(part, { recursive: true });
    // On x86 there is a smaller one for the CPU alone.
    const filled = await fill(part, !options.cuda && process.arch === 'x64' ? 'tensorflow-cpu' : 'tensorflow', options);
    if (E.isLeft(filled)) return filled;
    await writeFile(join(part, NOTE), '{}\n');
    await rm(folder, { recursive: true, force: true });
    await rename(part, folder);
    return E.right(name);
  } finally {
    await rm(part, { recursive: true, force: true });
  }
};
