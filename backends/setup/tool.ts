/**
 * Running external programs to their end: npm, pip, the C++ compiler. Their output is kept for the sentence that says why one of them failed. Not
 * here: which programs, and what their failures mean (their callers).
 */
import { spawn } from 'node:child_process';
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, runFault } from '../../src/fault.js';

export type ToolFailure = { readonly kind: 'absent' } | { readonly kind: 'stopped' } | { readonly kind: 'failed'; readonly output: string };

export interface ToolOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly minutes?: number;
}

/** What the program printed on stdout. */
export const runTool = (
  command: string,
  args: readonly string[],
  { cwd, env = process.env, signal, minutes = 60 }: ToolOptions,
): Promise<E.Either<ToolFailure, string>> =>
  new Promise((resolve) => {
    const child = spawn(command, [...args], {
      cwd,
      env,
      // (The option `timeout` keeps the process alive for its whole length where there is no such command.)
      signal: AbortSignal.any([signal, AbortSignal.timeout(minutes * 60_000)]),
      stdio: ['ignore', 'pipe', 'pipe'],
      // On Windows npm is a script.
      shell: process.platform === 'win32',
    });
    const [out, all]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => {
      out.push(chunk);
      all.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => all.push(chunk));
    const failed = (output: string): void => resolve(E.left(signal.aborted ? { kind: 'stopped' } : { kind: 'failed', output }));
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') resolve(E.left({ kind: 'absent' }));
      else failed(error.message);
    });
    child.on('close', (code) => {
      if (code === 0) resolve(E.right(Buffer.concat(out).toString()));
      else failed(Buffer.concat(all).toString());
    });
  });

const NETWORK =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|NewConnectionError|ConnectTimeout|Name or service not known|Temporary failure in name resolution|ProxyError/;
const DISK = /ENOSPC|No space left on device|Errno 28/;

/** Lines without information: where npm left its log, an empty line of npm, a line of a stack trace. */
const SILENT = /A complete log of this run|^npm (error|ERR!)$|^(npm (error|ERR!)\s+)?at\s/;

/** The most informative line: the last one about an error, otherwise the last one. */
const tellingLine = (output: string): string => {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.length > 0 && !SILENT.test(line));
  return lines.findLast((line) => /error|cannot|failed/i.test(line)) ?? lines.at(-1) ?? 'it said nothing';
};

export interface Explained {
  /** What was being done: `npm could not install …`. */
  readonly what: string;
  /** The server that it needs: `the npm registry`. */
  readonly where: string;
  /** What to do where the program is not there. */
  readonly absent: string;
}

export const faultOfTool =
  ({ what, where, absent }: Explained) =>
  (failure: ToolFailure): Fault => {
    if (failure.kind === 'stopped') return runFault('stopped; nothing was left behind');
    if (failure.kind === 'absent') return runFault(absent);
    if (DISK.test(failure.output)) return runFault(`${what}: the disk is full; make room and run it again`);
    if (NETWORK.test(failure.output))
      return runFault(`${what}: ${where} cannot be reached (${tellingLine(failure.output)}); connect and run it again`);
    return runFault(`${what}: ${tellingLine(failure.output)}`);
  };
