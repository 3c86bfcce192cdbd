/**
 * The TypeScript of a user's own project, run as a command: version 7 has no other stable interface. Not here: what is compiled (`type-check.ts`).
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { readJsonText } from '../../json-text.js';
import { isOptions } from '../../options.js';
import { codeOf } from '../../thrown.js';

export interface Compiler {
  readonly version: string;
  /** The path of its script, which Node runs. */
  readonly script: string;
}

/** The path of a package's file, resolved as Node does from another file; undefined if there is none. */
export const resolveFrom = (path: string, file: string): string | undefined => {
  try {
    return createRequire(path).resolve(file);
  } catch (error) {
    if (codeOf(error) !== undefined) return undefined;
    throw error;
  }
};

/** The TypeScript that Node resolves from a file; undefined if there is none. */
export const compilerFor = (path: string): Compiler | undefined => {
  const found = resolveFrom(path, 'typescript/package.json');
  if (found === undefined) return undefined;
  const read = readJsonText(readFileSync(found, 'utf8'));
  const { version, bin } = E.isRight(read) && isOptions(read.right) ? read.right : {};
  const script = isOptions(bin) && typeof bin.tsc === 'string' ? bin.tsc : 'bin/tsc';
  return { version: String(version), script: join(dirname(found), script) };
};

export interface CompilerOutput {
  /** The exit code; null if a signal ended it. */
  readonly code: number | null;
  readonly output: string;
}

/** Bytes; more than any compiler prints. */
const MOST_SAID = 1 << 28;

export const runCompiler = ({ script }: Compiler, args: readonly string[]): Promise<CompilerOutput> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [script, ...args], { maxBuffer: MOST_SAID }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, output: stdout + stderr }),
    );
  });
