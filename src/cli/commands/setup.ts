/**
 * `vcycle setup`: installs, and removes, what a backend needs and npm cannot install. Steps and their times go to stderr.
 */
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import { type SetupOptions as Options, removeTensorflow, type SetUp, setUp } from '../../../backends/tfjs/tensorflow/install.js';
import { type TensorflowBackend, tensorflowPackages } from '../../../backends/tfjs/tensorflow/installation.js';
import { removeTorch, setUpTorch, type TorchSetUp } from '../../../backends/torch/install.js';
import { type Fault, inputFault } from '../../fault.js';
import { EXIT, type ExitCode } from '../process/exit.js';
import { interruptible } from '../process/interrupt.js';
import { printText, say, sayPart } from '../process/print.js';

export interface SetupOptions {
  readonly allowCpu: boolean;
  readonly again: boolean;
  readonly remove: boolean;
}

/** A line for each step, with the elapsed seconds if the line can be overwritten. */
const progress: Options['progress'] = (step) => {
  const began = performance.now();
  const line = (end: string): string => `  ${step}  ${((performance.now() - began) / 1000).toFixed(0)} s${end}`;
  const live = process.stderr.isTTY === true;
  const ticking = live ? setInterval(() => sayPart(`\r${line('')}`), 1000) : undefined;
  if (live) sayPart(`  ${step}`);
  return () => {
    clearInterval(ticking);
    sayPart(live ? `\r${line('\n')}` : line('\n'));
  };
};

/** Ctrl-C stops the tool that is running; what it left unfinished is removed before the command ends. */
const untilInterrupted = <A>(work: (signal: AbortSignal) => Promise<A>): Promise<A> =>
  interruptible(work, () => undefined, ['SIGINT', 'SIGTERM']);

/** What `vcycle setup` can install: backends on TensorFlow, and PyTorch. */
export type Installable = TensorflowBackend | 'torch';

const torch = async ({ again }: SetupOptions): Promise<E.Either<Fault, string>> =>
  E.map(
    ({ folder, torch: version, already }: TorchSetUp) => `torch: ${already ? 'is set up' : 'set up'}: PyTorch ${version}, in ${folder}`,
  )(await untilInterrupted((signal) => setUpTorch({ again, progress, signal })()));

const tensorflow = async (backend: TensorflowBackend, { allowCpu, again }: SetupOptions): Promise<E.Either<Fault, string>> => {
  const made = await untilInterrupted((signal) => setUp(backend, { cpuOnly: allowCpu, again, progress, signal })());
  return E.map(({ installation: { folder, tensorflow, library, cuda }, already }: SetUp) => {
    const how = library.from === 'wheel' ? `its binding compiled against ${library.wheel}` : "the package's own library";
    const where = tensorflowPackages[backend].forGpus && !cuda ? '; only for the CPU, with --allow-cpu' : '';
    return `${backend}: ${already ? 'is set up' : 'set up'}: TensorFlow ${tensorflow}, ${how}, in ${folder}${where}`;
  })(made);
};

interface Installer {
  readonly install: (options: SetupOptions) => Promise<E.Either<Fault, string>>;
  readonly remove: () => TE.TaskEither<Fault, boolean>;
  /** Whether it is for a GPU and can also be installed for the CPU only. */
  readonly forGpus: boolean;
}

const onTensorflow = (backend: TensorflowBackend): Installer => ({
  install: (options) => tensorflow(backend, options),
  remove: () => removeTensorflow(backend),
  forGpus: tensorflowPackages[backend].forGpus,
});

const installers: Readonly<Record<Installable, Installer>> = {
  'tfjs-node': onTensorflow('tfjs-node'),
  'tfjs-cuda': onTensorflow('tfjs-cuda'),
  torch: { install: torch, remove: removeTorch, forGpus: false },
};

const forGpus = (Object.keys(installers) as Installable[]).filter((what) => installers[what].forGpus);

const one = async (what: Installable, options: SetupOptions): Promise<E.Either<Fault, string>> => {
  const { install, remove } = installers[what];
  if (options.remove) return E.map((was: boolean) => `${what}: ${was ? 'removed' : 'was not set up'}`)(await remove()());
  say(`${what}:`);
  return install(options);
};

/** `vcycle setup BACKEND…`. Left: what is missing, for the first backend that cannot be set up. */
export const setup =
  (backends: readonly Installable[], options: SetupOptions): TE.TaskEither<Fault, ExitCode> =>
  async () => {
    if (options.allowCpu && !backends.some((what) => forGpus.includes(what))) {
      return E.left(inputFault(`--allow-cpu is for ${forGpus.join(', ')} (was ${backends.join(', ')}); leave it out`));
    }
    for (const backend of backends) {
      const done = await one(backend, options);
      if (E.isLeft(done)) return E.left({ ...done.left, message: `setup ${backend}: ${done.left.message}` });
      printText(done.right);
    }
    return E.right(EXIT.done);
  };
