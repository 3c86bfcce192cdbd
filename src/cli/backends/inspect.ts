/**
 * Tries to create backends and notes what each says of itself, or why it cannot be had. The answers are values: a backend that is not
 * there is no fault when nobody asked for it.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as RA from 'fp-ts/lib/ReadonlyArray.js';
import * as T from 'fp-ts/lib/Task.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { BackendError, Capabilities, Remedy } from '../../backend.js';
import { type Fault, inputFault } from '../../fault.js';
import { askedByFlag } from '../process/asked-by-flag.js';
import { type BackendEntry, backendTable, entryOf } from './registry.js';

interface Described {
  readonly name: string;
  readonly describe: string;
  readonly needs: string;
}

/** As lists, which JSON has. */
type Sets = 'operations' | 'rewrites' | 'hides';

export type BackendReport =
  | (Described & {
      readonly usable: true;
      /** With the operations' names as a list, for JSON knows no sets. */
      readonly capabilities: Omit<Capabilities, Sets> & { readonly [Key in Sets]: readonly string[] };
    })
  | (Described & {
      readonly usable: false;
      /** One sentence, which says what is missing and the command, too. */
      readonly reason: string;
    } & Remedy);

type Named = readonly [string, BackendEntry];

/** `--allow-cpu` is a word to one backend; the others are looked at without it. */
const allowed = (name: string, allowCpu: boolean): boolean => allowCpu && name === 'tfjs-cuda';

const byFlag = (message: string): string => askedByFlag(inputFault(message, 'allowCpu: true')).message;

/** Made and closed again. */
const capabilitiesOf = ([name, { load }]: Named, allowCpu: boolean): TE.TaskEither<BackendError, Capabilities> =>
  pipe(
    TE.fromTask<Awaited<ReturnType<typeof load>>, BackendError>(load),
    TE.flatMap((create) => create({ allowCpu: allowed(name, allowCpu) })),
    TE.flatMap((backend) =>
      pipe(
        backend.close(),
        TE.map(() => backend.capabilities),
      ),
    ),
  );

const inspectHere =
  (allowCpu: boolean) =>
  (entry: Named): T.Task<BackendReport> => {
    const [name, { describe, needs }] = entry;
    return pipe(
      capabilitiesOf(entry, allowCpu),
      T.map(
        E.match(
          ({ message, remedy = { missing: message } }): BackendReport => ({
            name,
            describe,
            needs,
            usable: false,
            reason: byFlag(message),
            ...remedy,
            missing: byFlag(remedy.missing),
          }),
          (capabilities): BackendReport => ({
            name,
            describe,
            needs,
            usable: true,
            capabilities: {
              ...capabilities,
              operations: [...capabilities.operations],
              rewrites: [...capabilities.rewrites],
              hides: [...(capabilities.hides ?? [])],
            },
          }),
        ),
      ),
    );
  };

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));

/** In a process of its own: some runtimes cannot share one, and one that ends its process in error must not end this one. */
const inspectApart =
  (allowCpu: boolean) =>
  ([name, { describe, needs }]: Named): T.Task<BackendReport> =>
  async () => {
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
 * The backends of these names, all of them for none. One after the other, for two that start at once may fight for a device.
 * Left: a name that no backend has.
 */
export const inspectBackends = (names: readonly string[], allowCpu: boolean): TE.TaskEither<Fault, readonly BackendReport[]> =>
  pipe(
    names.length === 0 ? TE.right<Fault, readonly Named[]>([...backendTable]) : pipe(names, TE.traverseArray(named)),
    TE.flatMapTask((entries) =>
      pipe(entries, RA.traverse(T.ApplicativeSeq)(names.length === 1 ? inspectHere(allowCpu) : inspectApart(allowCpu))),
    ),
  );

const named = (name: string): TE.TaskEither<Fault, Named> =>
  pipe(
    entryOf(name),
    TE.map((entry) => [name, entry] as const),
  );
