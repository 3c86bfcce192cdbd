/**
 * The Python that runs PyTorch: a virtual environment beside the peers, made at the first need. Where that cannot be, the reason is
 * said and PyTorch's rows stay empty. Not here: what PyTorch runs (`peers/torch_step.py`).
 */
import { join } from 'node:path';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Fault } from '../src/fault.js';
import { output } from './child.js';

/** Where the tests that ask Hugging Face look as well. */
const FOLDER = join('bench', '.venv');
const PYTHON = process.platform === 'win32' ? join(FOLDER, 'Scripts', 'python.exe') : join(FOLDER, 'bin', 'python');
const REQUIREMENTS = join('bench', 'peers', 'requirements.txt');

const hasTorch = output(PYTHON, ['-c', 'import torch']);

const make = (say: (message: string) => void): TE.TaskEither<Fault, string> =>
  pipe(
    TE.fromIO<void, Fault>(() => say(`making ${FOLDER} with PyTorch in it (once; minutes)`)),
    TE.flatMap(() => output(process.platform === 'win32' ? 'python' : 'python3', ['-m', 'venv', FOLDER])),
    // Without retries a machine without network says so at once.
    TE.flatMap(() => output(PYTHON, ['-m', 'pip', 'install', '--quiet', '--retries', '0', '--requirement', REQUIREMENTS])),
    TE.flatMap(() => hasTorch),
  );

/** The path of a Python that has PyTorch. Left: why there is none. */
export const torchPython = (say: (message: string) => void): TE.TaskEither<Fault, string> =>
  pipe(
    hasTorch,
    TE.orElse(() => make(say)),
    TE.map(() => PYTHON),
  );
