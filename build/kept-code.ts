/**
 * The code that V8 compiled of the command line for the commands that were called, in the user's cache, for one build and one version of Node alone;
 * whoever deletes it loses a fraction of a second. (Node 22 keeps such code itself, `module.enableCompileCache`; Node 20 does not.)
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder } from '../backends/setup/cache-folder.js';

/** Of the file that is compiled, as the build says it: V8 itself only looks at its length. */
declare const BUILD: string;

export interface KeptCode {
  /** For which it was compiled. */
  readonly commands: readonly string[];
  readonly code: Buffer;
}

/** More than there are commands: what is no command is not counted on and on. */
const MOST = 40;

const place = (): string => join(cacheFolder(), 'code', `${BUILD}-${process.version}-${process.arch}`);

const digestOf = (code: Uint8Array): string => createHash('sha256').update(code).digest('hex');

/** Undefined where there is none, or it is damaged, which V8 would not notice. */
export const readCode = (): KeptCode | undefined => {
  try {
    const bytes = readFileSync(place());
    const end = bytes.indexOf('\n');
    const [digest, ...commands] = bytes.toString('utf8', 0, end).split(' ');
    const code = bytes.subarray(end + 1);
    return digest === digestOf(code) ? { commands, code } : undefined;
  } catch {
    // Nothing is kept where nothing can be read: the command compiles what it needs.
    return undefined;
  }
};

/** One by one, since Node's own recursion never ends in /proc. */
const makeFolder = (folder: string): void => {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder);
};

/** Of this many builds and versions of Node, the newest. */
const BUILDS = 4;

const forgetOthers = (folder: string): void => {
  const files = readdirSync(folder).map((name) => join(folder, name));
  const modified = new Map(files.map((file) => [file, statSync(file).mtimeMs]));
  const age = (file: string): number => -(modified.get(file) ?? 0);
  for (const file of files.sort((a, b) => age(a) - age(b)).slice(BUILDS)) rmSync(file, { force: true });
};

export const keepCode = (commands: readonly string[], compiled: () => Buffer): void => {
  if (commands.length > MOST || commands.some((command) => /\s/.test(command))) return;
  const file = place();
  const made = `${file}.${process.pid}`;
  try {
    const code = compiled();
    makeFolder(dirname(file));
    writeFileSync(made, Buffer.concat([Buffer.from(`${[digestOf(code), ...commands].join(' ')}\n`), code]));
    renameSync(made, file);
    forgetOthers(dirname(file));
  } catch {
    // A full disk, a cache that may not be written to, or another command that keeps its own now: later commands compile again.
    rmSync(made, { force: true });
  }
};
