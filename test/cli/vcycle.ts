/** The command line as a child process, and temporary folders to call it in. Not a test itself. */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The compiled command that belongs to this compiled test. */
export const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

export interface Ended {
  /** Null when a signal ended the process. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Calling {
  readonly cwd?: string;
  /** What the process sees beside this one's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Is given, once the process runs, what sends it a signal. */
  readonly onStart?: (kill: (signal: NodeJS.Signals) => void) => void;
}

/** Runs a Node script to its end. */
export const node = (script: string, args: readonly string[], { cwd = tmpdir(), env = {}, onStart }: Calling = {}): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on('spawn', () => onStart?.((signal) => child.kill(signal)));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });

/** `vcycle ARGS`. */
export const vcycle = (args: readonly string[], calling?: Calling): Promise<Ended> => node(MAIN, args, calling);

/** Calls `use` with a new folder that holds `files`, and removes it afterwards. */
export const inFolder = async (
  files: Readonly<Record<string, string | Uint8Array>>,
  use: (folder: string) => Promise<void>,
): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'vcycle-cli-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), content);
    }
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** The environment of a Node process that takes its machine to have so little memory. */
export const withMemory = (bytes: number): Readonly<Record<string, string>> => {
  const script = `import os from 'node:os'; import { syncBuiltinESMExports } from 'node:module'; os.totalmem = () => ${bytes}; syncBuiltinESMExports();`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` };
};

/** The flags of a model so small that a step takes a millisecond or two. */
export const TINY = ['--layers', '2', '--width', '16', '--heads', '2', '--context', '16', '--batch', '4'] as const;

/**
 * The same with options of your own, which take the place of its: each is given once.
 *
 * @example
 * tinyWith('--heads', '3') // ['--layers', '2', '--width', '16', '--context', '16', '--batch', '4', '--heads', '3']
 */
export const tinyWith = (...own: readonly string[]): readonly string[] => [
  ...TINY.flatMap((option, index) => (index % 2 === 0 && !own.includes(option) ? [option, TINY[index + 1] ?? ''] : [])),
  ...own,
];

/** A text that such a model can learn: 3,200 characters, 16 symbols. */
export const CORPUS = 'the cat sat on the mat, then ate.\n'.repeat(100).slice(0, 3200);
