/**
 * Installs tfjs-node or tfjs-node-gpu for one user: the npm package first, then TensorFlow's library, by the package's own download or, where that
 * fails or is too old for the card, out of a PyPI wheel against which the binding is compiled. All of it happens in a folder beside the final one, to
 * which it is renamed at the end: a failed setup changes nothing. Not here: output on a terminal (`src/cli/commands/setup.ts`).
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import { type Fault, runFault } from '../../../src/fault.js';
import { cacheFolder, NOTE } from '../../setup/cache-folder.js';
import { partOf, removeStaleParts } from '../../setup/part.js';
import { checkRoom, GIB } from '../../setup/room.js';
import { type SetupWork, stepOf } from '../../setup/setup-steps.js';
import { faultOfTool, runTool } from '../../setup/tool.js';
import { compileBinding } from './compile-binding.js';
import {
  folderOf,
  type Installation,
  installationOf,
  PACKAGE_VERSION,
  type TensorflowBackend,
  tensorflowPackages,
  wheelFolder,
} from './installation.js';
import { installWheel } from './wheel.js';

export interface SetupOptions extends SetupWork {
  /** For tfjs-cuda: TensorFlow for the CPU only, which is a tenth of the download. */
  readonly cpuOnly: boolean;
}

export interface SetUp {
  readonly installation: Installation;
  /** Nothing had to be done. */
  readonly already: boolean;
}

const HEADERS = 'node-api-headers@1.9.0';
/** The most bytes on the disk at any time, download and unpacked files together. */
const ROOM = { cpu: 3 * GIB, cuda: 12 * GIB } as const;
/** The newest cards that the library of the package's own download (CUDA 11.2) was compiled for. */
const NEWEST_CAPABILITY = 8.6;

type Library = Installation['library'];
type Checked = Pick<Installation, 'tensorflow'> & { readonly gpu: boolean };

/** Compute capabilities of the NVIDIA cards here; none where there is no driver. */
const capabilities = async (signal: AbortSignal): Promise<readonly number[]> => {
  const asked = await runTool('nvidia-smi', ['--query-gpu=compute_cap', '--format=csv,noheader'], { signal });
  return E.isLeft(asked)
    ? []
    : asked.right
        .split('\n')
        .map(Number)
        .filter((value) => value > 0);
};

class Setup {
  readonly #npmPackage: string;
  readonly #part: string;
  readonly #step: ReturnType<typeof stepOf>;

  constructor(
    private readonly backend: TensorflowBackend,
    private readonly cuda: boolean,
    private readonly options: SetupOptions,
  ) {
    this.#npmPackage = tensorflowPackages[backend].npm;
    this.#part = partOf(folderOf(backend));
    this.#step = stepOf(options);
  }

  async #installPackage(): Promise<E.Either<Fault, void>> {
    await writeFile(join(this.#part, 'package.json'), '{ "private": true }\n');
    const packages = [`${this.#npmPackage}@${PACKAGE_VERSION}`, HEADERS];
    const what = `npm could not install ${packages.join(' and ')}`;
    const installed = await runTool('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', ...packages], {
      cwd: this.#part,
      signal: this.options.signal,
    });
    return E.bimap(
      faultOfTool({ what, where: 'the npm registry', absent: `${what}: there is no npm on the PATH` }),
      () => undefined,
    )(installed);
  }

  async #check(): Promise<E.Either<Fault, Checked>> {
    const script = fileURLToPath(new URL('./check-loading.js', import.meta.url));
    const what = `the binding of ${this.#npmPackage} does not work`;
    const checked = await runTool(process.execPath, [script, this.backend, this.#part], { signal: this.options.signal, minutes: 5 });
    return E.bimap(
      faultOfTool({ what, where: 'the network', absent: what }),
      (said: string): Checked => JSON.parse(said.trim().split('\n').at(-1) ?? ''),
    )(checked);
  }

  /** The package's own install script, which fetches a library and a compiled binding. Its effects are undone if these do not work. */
  async #download(): Promise<E.Either<Fault, Checked>> {
    const root = join(this.#part, 'node_modules', ...this.#npmPackage.split('/'));
    const manifest = join(root, 'package.json');
    const before = await readFile(manifest);
    const args = [join(root, 'scripts', 'install.js'), ...(tensorflowPackages[this.backend].forGpus ? ['gpu', 'download'] : [])];
    const env = { ...process.env, PATH: `${join(this.#part, 'node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}` };
    const what = `the own download of ${this.#npmPackage} failed`;
    const fetched = await runTool(process.execPath, args, { cwd: root, env, signal: this.options.signal, minutes: 15 });
    const checked = E.isLeft(fetched)
      ? E.left(faultOfTool({ what, where: 'its server', absent: what })(fetched.left))
      : await this.#check();
    if (E.isRight(checked) && (checked.right.gpu || !this.cuda)) return checked;
    for (const name of ['deps', 'lib', 'build']) await rm(join(root, name), { recursive: true, force: true });
    await writeFile(manifest, before);
    return E.isLeft(checked) ? checked : E.left(runFault(`the library of ${this.#npmPackage}'s own download sees no GPU`));
  }

  async #build(): Promise<E.Either<Fault, { readonly wheel: string; readonly checked: Checked }>> {
    if (process.platform !== 'linux') return E.left(runFault('vcycle compiles its binding on Linux only'));
    const { again, signal } = this.options;
    const wheel = await this.#step(`TensorFlow's library${this.cuda ? ' and CUDA, some gigabytes' : ''}, out of its wheel on PyPI`, () =>
      installWheel({ cuda: this.cuda, again, signal }),
    );
    if (E.isLeft(wheel)) return wheel;
    const compiled = await this.#step('the binding, compiled against it', () =>
      compileBinding({ folder: this.#part, npmPackage: this.#npmPackage, wheel: wheel.right, signal }),
    );
    if (E.isLeft(compiled)) return compiled;
    return E.map((checked: Checked) => ({ wheel: wheel.right, checked }))(
      await this.#step('a product, to see that it works', () => this.#check()),
    );
  }

  async #library(): Promise<E.Either<Fault, { readonly library: Library; readonly checked: Checked }>> {
    const newest = Math.max(...(await capabilities(this.options.signal)));
    const skipped =
      this.options.cpuOnly && tensorflowPackages[this.backend].forGpus
        ? 'its library is for GPUs'
        : this.cuda && newest > NEWEST_CAPABILITY
          ? `its library is too old for this card (compute capability ${newest})`
          : undefined;
    const own =
      skipped === undefined
        ? await this.#step(`TensorFlow's library, by the package's own download`, () => this.#download())
        : E.left(runFault(skipped));
    if (E.isRight(own)) return E.right({ library: { from: 'download' }, checked: own.right });
    if (this.options.signal.aborted) return own;
    const built = await this.#build();
    if (E.isLeft(built)) return E.left(runFault(`${built.left.message} (and of the package's own download: ${own.left.message})`));
    return E.right({ library: { from: 'wheel', wheel: built.right.wheel }, checked: built.right.checked });
  }

  async run(): Promise<E.Either<Fault, Installation>> {
    const folder = folderOf(this.backend);
    try {
      await removeStaleParts(folder);
      await mkdir(this.#part, { recursive: true });
      const installed = await this.#step(`${this.#npmPackage} ${PACKAGE_VERSION}, by npm`, () => this.#installPackage());
      if (E.isLeft(installed)) return installed;
      const made = await this.#library();
      if (E.isLeft(made)) return made;
      const { library, checked } = made.right;
      const noted = { tensorflow: checked.tensorflow, library, cuda: this.cuda };
      await writeFile(join(this.#part, NOTE), `${JSON.stringify(noted, undefined, 2)}\n`);
      await rm(folder, { recursive: true, force: true });
      await rename(this.#part, folder);
      return E.right({ folder, ...noted });
    } finally {
      await rm(this.#part, { recursive: true, force: true });
    }
  }
}

/** Left: what is missing, in one sentence; then nothing has changed, except that a complete wheel is kept. */
export const setUp =
  (backend: TensorflowBackend, options: SetupOptions): TE.TaskEither<Fault, SetUp> =>
  async () => {
    const cuda = tensorflowPackages[backend].forGpus && !options.cpuOnly;
    const there = installationOf(backend);
    if (there !== undefined && !options.again && (there.cuda || !cuda)) return E.right({ installation: there, already: true });
    const room = await checkRoom(cuda ? ROOM.cuda : ROOM.cpu);
    if (E.isLeft(room)) return room;
    return E.map((installation: Installation) => ({ installation, already: false }))(await new Setup(backend, cuda, options).run());
  };

/** Removes what was set up, and a wheel that is no longer needed. Right: whether there was anything. */
export const removeTensorflow =
  (backend: TensorflowBackend): TE.TaskEither<Fault, boolean> =>
  async () => {
    const folder = folderOf(backend);
    const was = existsSync(folder);
    await rm(folder, { recursive: true, force: true });
    await removeStaleParts(folder);
    const needed = (Object.keys(tensorflowPackages) as TensorflowBackend[])
      .map((name) => installationOf(name)?.library)
      .flatMap((library) => (library?.from === 'wheel' ? [library.wheel] : []));
    for (const wheel of ['tensorflow-cpu', 'tensorflow-cuda'])
      if (!needed.includes(wheel)) await rm(wheelFolder(wheel), { recursive: true, force: true });
    const left = await readdir(cacheFolder()).catch(() => undefined);
    if (left?.length === 0) await rm(cacheFolder(), { recursive: true });
    return E.right(was);
  };
