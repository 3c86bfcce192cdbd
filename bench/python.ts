/**
 * The Python that runs PyTorch: a virtual environment beside the peers, created on first use. If it cannot be created, the reason is
 * reported and PyTorch's rows stay empty. Not here: what PyTorch runs (`peers/torch_step.py`).
 */
import { join } from 'node:path';
import { output } from './child.js';
import { maybe, say } from './unmeasured.js';

/** The tests that use Hugging Face's libraries look here, too. */
const FOLDER = join('bench', '.venv');
const PYTHON = process.platform === 'win32' ? join(FOLDER, 'Scripts', 'python.exe') : join(FOLDER, 'bin', 'python');
const REQUIREMENTS = join('bench', 'peers', 'requirements.txt');

const askTorch = (): Promise<string> => output(PYTHON, ['-c', 'import torch']);

const make = async (): Promise<void> => {
  say(`making ${FOLDER} with PyTorch in it (once; minutes)`);
  await output(process.platform === 'win32' ? 'python' : 'python3', ['-m', 'venv', FOLDER]);
  // Without retries, so that a machine without network fails immediately.
  await output(PYTHON, ['-m', 'pip', 'install', '--quiet', '--retries', '0', '--requirement', REQUIREMENTS]);
  await askTorch();
};

/** The path of a Python with PyTorch. Unmeasured: why there is none. */
export const torchPython = async (): Promise<{ readonly path: string }> => {
  const found = await maybe(askTorch().then(() => ({})));
  if (found.kind === 'skipped') await make();
  return { path: PYTHON };
};
