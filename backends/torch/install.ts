/**
 * Installs PyTorch for one user, in a virtual environment under the cache folder. It is made under another name and renamed when it is complete. pip
 * uses the indexes of its own settings and, for the small CPU build, PyTorch's index too. Not here: words on a terminal (`src/cli/commands/setup.ts`).
 */
import { existsSync } from 'node:fs';
import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import { type Fault, runFault } from '../../src/fault.js';
import { factsOfMachine } from '../machine/facts.js';
import { withoutNvidia } from '../machine/remedies.js';
import { cacheFolder, NOTE } from '../setup/cache-folder.js';
import { partOf, removeStaleParts } from '../setup/part.js';
import { checkRoom, GIB } from '../setup/room.js';
import { type SetupWork, stepOf } from '../setup/setup-steps.js';
import { faultOfTool, runTool, type ToolFailure } from '../setup/tool.js';
import { compiledFolder, LEAST_PYTHON, pythonIn, TORCH_VERSION, type TorchNote, torchFolder, torchNote } from './installation.js';

export interface TorchSetUp {
  readonly folder: string;
  readonly torch: string;
  /** True if it was installed before and nothing had to be done. */
  readonly already: boolean;
}

const ROOM = { cpu: 2 * GIB, cuda: 12 * GIB } as const;

const NO_PYTHON = `needs Python ${LEAST_PYTHON} or newer with venv and pip (tried python3 and python); on Debian or Ubuntu: sudo apt install python3-venv`;

/** Ends with 1 in a Python that is older, or cannot make an environment. */
const IS_USABLE = `import sys, venv, ensurepip; sys.exit(sys.version_info < (${LEAST_PYTHON.replace('.', ', ')}))`;

/** Finds a Python that can create a virtual environment with pip in it. */
const findPython = async (signal: AbortSignal): Promise<E.Either<Fault, string>> => {
  for (const python of ['python3', 'python']) {
    const asked = await runTool(python, ['-c', IS_USABLE], { signal });
    if (E.isRight(asked)) return E.right(python);
  }
  return E.left(runFault(NO_PYTHON));
};

interface Source {
  readonly requirement: string;
  readonly options: readonly string[];
  /** Where pip looks, in words, for the progress line. */
  readonly where: string;
}

/** PyTorch's own index of CPU-only builds; those on PyPI for Linux on x86 include CUDA, which is several gigabytes. */
const OWN_INDEX = 'https://download.pytorch.org/whl/cpu';

const sourcesFor = (cuda: boolean): readonly Source[] => {
  const plain = { requirement: `torch==${TORCH_VERSION}`, options: [], where: "by pip's own settings" };
  if (cuda || process.platform !== 'linux' || process.arch !== 'x64') return [plain];
  const small = { ...plain, requirement: `torch==${TORCH_VERSION}+cpu` };
  return [small, { ...small, options: ['--index-url', OWN_INDEX, '--retries', '0'], where: "from PyTorch's own index" }, plain];
};

/** Runs in the new environment: PyTorch computes a matrix product and reports its version and whether it supports CUDA. */
const CHECK = `
import json, torch
assert torch.mm(torch.tensor([[1., 2.], [3., 4.]]), torch.tensor([[5., 6.], [7., 8.]])).tolist() == [[19., 22.], [43., 50.]]
print(json.dumps({"torch": torch.__version__, "cuda": torch.version.cuda is not None}))`;

const install = async (python: string, cuda: boolean, work: SetupWork): Promise<E.Either<Fault, void>> => {
  const step = stepOf(work);
  let first: ToolFailure | undefined;
  let what = '';
  for (const { requirement, options, where } of sourcesFor(cuda)) {
    const args = ['-m', 'pip', 'install', '--disable-pip-version-check', '--progress-bar=off', ...options, requirement];
    const installed = await step(`${requirement}, ${where}`, () => runTool(python, args, { signal: work.signal }));
    if (E.isRight(installed)) return E.right(undefined);
    if (first === undefined) what = `pip could not install ${requirement}`;
    first ??= installed.left;
    if (work.signal.aborted) break;
  }
  return first === undefined ? E.right(undefined) : E.left(faultOfTool({ what, where: 'the package index', absent: what })(first));
};

const make = async (cuda: boolean, work: SetupWork): Promise<E.Either<Fault, TorchNote>> => {
  const step = stepOf(work);
  const { signal } = work;
  const folder = torchFolder();
  const part = partOf(folder);
  try {
    await removeStaleParts(folder);
    const base = await findPython(signal);
    if (E.isLeft(base)) return base;
    const what = 'the virtual environment could not be made';
    const made = await step('a virtual environment', () => runTool(base.right, ['-m', 'venv', part], { signal }));
    if (E.isLeft(made)) return E.left(faultOfTool({ what, where: 'the network', absent: NO_PYTHON })(made.left));
    const python = pythonIn(part);
    const installed = await install(python, cuda, work);
    if (E.isLeft(installed)) return installed;
    const broken = 'PyTorch was installed and does not work';
    const checked = await step('a product, to see that it works', () => runTool(python, ['-c', CHECK], { signal, minutes: 5 }));
    if (E.isLeft(checked)) return E.left(faultOfTool({ what: broken, where: 'the network', absent: broken })(checked.left));
    const note: TorchNote = JSON.parse(checked.right.trim().split('\n').at(-1) ?? '');
    await writeFile(join(part, NOTE), `${JSON.stringify(note, undefined, 2)}\n`);
    await rm(folder, { recursive: true, force: true });
    await rename(part, folder);
    return E.right(note);
  } finally {
    await rm(part, { recursive: true, force: true });
    // What a killed setup had started may have written on after its part was removed.
    await removeStaleParts(folder);
  }
};

/** Left: what is missing, in one sentence; nothing has changed in that case. */
export const setUpTorch =
  (work: SetupWork): TE.TaskEither<Fault, TorchSetUp> =>
  async () => {
    const folder = torchFolder();
    const cuda = process.platform === 'linux' && withoutNvidia(factsOfMachine()) === undefined;
    const there = torchNote();
    if (there !== undefined && !work.again && (there.cuda || !cuda)) return E.right({ folder, torch: there.torch, already: true });
    const room = await checkRoom(cuda ? ROOM.cuda : ROOM.cpu);
    if (E.isLeft(room)) return room;
    return E.map(({ torch }: TorchNote) => ({ folder, torch, already: false }))(await make(cuda, work));
  };

/** Removes the installation. Right: whether there was one. */
export const removeTorch = (): TE.TaskEither<Fault, boolean> => async () => {
  const folder = torchFolder();
  const was = existsSync(folder);
  await rm(folder, { recursive: true, force: true });
  await removeStaleParts(folder);
  if (!process.env.TORCHINDUCTOR_CACHE_DIR) await rm(compiledFolder(), { recursive: true, force: true });
  const left = await readdir(cacheFolder()).catch(() => undefined);
  if (left?.length === 0) await rm(cacheFolder(), { recursive: true });
  return E.right(was);
};
