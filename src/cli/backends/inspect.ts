/**
 * Tries to create backends and collects what each reports about itself, or why it is not available. The answers are values: an unavailable backend is
 * not a fault unless the user asked for it.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import type { BackendError, Capabilities, Remedy } from '../../backend.js';
import { type Fault, inputFault } from '../../fault.js';
import { askedByFlag } from '../process/asked-by-flag.js';
import { type BackendEntry, backendTable, createdBy, entryOf, mayUseCpu } from './registry.js';

interface Described {
  readonly name: string;
  readonly describe: string;
  readonly needs: string;
}

/** Capabilities that are sets; reported as lists, because JSON has no sets. */
type Sets = 'operations' | 'rewrites' | 'hides';

export type BackendReport =
  | (Described & {
      readonly usable: true;
      /** With lists in place of sets. */
      readonly capabilities: Omit<Capabilities, Sets> & { readonly [Key in Sets]: readonly string[] };
    })
  | (Described & {
      readonly usable: false;
      /** One sentence that says what is missing and which command installs it. */
      readonly reason: string;
    } & Remedy);

type Named = readonly [string, BackendEntry];

/** `--allow-cpu` applies only to backends that accept it; the others are inspected without it. */
const allowed = (name: string, allowCpu: boolean): boolean => allowCpu && mayUseCpu(name);

const byFlag = (message: string): string => askedByFlag(inputFault(message, 'allowCpu: true')).message;

/** The backend is created only to ask it, and closed again. */
const capabilitiesOf = async ([, entry]: Named, allowCpu: boolean): Promise<E.Either<BackendError, Capabilities>> => {
  const backend = await createdBy(entry, { allowCpu });
  if (E.isLeft(backend)) return backend;
  return E.map(() => backend.right.capabilities)(await backend.right.close()());
};

const inspectHere = async (entry: Named, allowCpu: boolean): Promise<BackendReport> => {
  const [name, { describe, needs }] = entry;
  const capabilities = await capabilitiesOf(entry, allowCpu);
  if (E.isLeft(capabilities)) {
    const { message, remedy = { missing: message } } = capabilities.left;
    return { name, describe, needs, usable: false, reason: byFlag(message), ...remedy, missing: byFlag(remedy.missing) };
  }
  const { operations, rewrites, hides = [] } = capabilities.right;
  const lists = { operations: [...operations], rewrites: [...rewrites], hides: [...hides] };
  return { name, describe, needs, usable: true, capabilities: { ...capabilities.right, ...lists } };
};

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));

/** Runs in a separate process: some runtimes cannot share one, and a runtime that crashes must not end this process. */
const inspectApart = async ([name, { describe, needs }]: Named, allowCpu: boolean): Promise<BackendReport> => {
  const args = [MAIN, 'backends', name, '--json', ...(allowed(name, allowCpu) ? ['--allow-cpu'] : [])];
  return promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 24 }).then(
    ({ stdout }) => (JSON.parse(stdout) as { readonly backends: readonly [BackendReport] }).backends[0],
    (error: { readonly code?: unknown; readonly signal?: unknown }) => {
      const missing = `its runtime ended the process (${error.signal ?? error.code})`;
      return { name, describe, needs, usable: false, reason: missing, missing };
    },
  );
};

/**
 * Inspects the named backends, or all of them if no name is given. One after another, because two that start at once may compete for a device.
 * Left: a name that no backend has.
 */
export const inspectBackends =
  (names: readonly string[], allowCpu: boolean): TE.TaskEither<Fault, readonly BackendReport[]> =>
  async () => {
    const entries = names.length === 0 ? E.right([...backendTable]) : E.traverseArray(named)(names);
    if (E.isLeft(entries)) return entries;
    const inspect = names.length === 1 ? inspectHere : inspectApart;
    const reports: BackendReport[] = [];
    for (const entry of entries.right) reports.push(await inspect(entry, allowCpu));
    return E.right(reports);
  };

const named = (name: string): E.Either<Fault, Named> => E.map((entry: BackendEntry) => [name, entry] as const)(entryOf(name));
