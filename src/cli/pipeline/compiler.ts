/**
 * The TypeScript of a user's own project, as its command: version 7 has no other stable way in. Not here: what is compiled (`type-check.ts`).
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
  /** Its script, for Node. */
  readonly script: string;
}

/** Where a package's file is, found as Node finds it from a file; undefined where there is none. */
export const resolveFrom = (path: string, file: string): string | undefined => {
  try {
    return createRequire(path).resolve(file);
  } catch (error) {
    if (codeOf(error) !== undefined) return undefined;
    throw error;
  }
};

/** The TypeScript that a file finds from where it is; undefined where it finds none. */
export const compilerFor = (path: string): Compiler | undefined => {
  const found = resolveFrom(path, 'typescript/package.json');
  if (found === undefined) return undefined;
  const read = readJsonText(readFileSync(found, 'utf8'));
  const { version, bin } = E.isRight(read) && isOptions(read.right) ? read.right : {};
  const script = isOptions(bin) && typeof bin.tsc === 'string' ? bin.tsc : 'bin/tsc';
  return { version: String(version), script: join(dirname(found), script) };
};

export interface CompilerOutput {
  /** What it ended with; null where a signal ended it. */
  readonly code: number | null;
  readonly output: string;
}

/** More than any compiler says. */
const MOST_SAID = 1 << 28;

export const runCompiler = ({ script }: Compiler, args: readonly string[]): Promise<CompilerOutput> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [script, ...args], { maxBuffer: MOST_SAID }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, output: stdout + stderr }),
    );
  });
