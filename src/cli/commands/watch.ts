/**
 * `vcycle watch RUN…`: serves a page on loopback with live curves of runs. Ends with Ctrl-C.
 */
import { existsSync } from 'node:fs';
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import { type Fault, inputFault } from '../../fault.js';
import { type Watching, watchRuns } from '../../watch/watch-server.js';
import { EXIT, type ExitCode } from '../process/exit.js';
import { onInterrupt } from '../process/interrupt.js';
import { printText, say } from '../process/print.js';

export interface WatchOptions {
  readonly port: number;
}

const there = (folders: readonly string[]): E.Either<Fault, readonly string[]> => {
  const missing = folders.find((folder) => !existsSync(folder));
  return missing === undefined
    ? E.right(folders)
    : E.left(inputFault(`${missing}: there is no such folder; name a run folder, or a folder that holds some`));
};

const untilInterrupted = async (): Promise<void> => {
  const interrupt = onInterrupt(() => undefined);
  await new Promise((resolve) => interrupt.signal.addEventListener('abort', resolve));
  interrupt.dispose();
};

const serve = async ({ url, close }: Watching): Promise<void> => {
  printText(url);
  say('open this address in a browser; Ctrl-C ends');
  await untilInterrupted();
  await close();
};

export const watch =
  (folders: readonly string[], { port }: WatchOptions): TE.TaskEither<Fault, ExitCode> =>
  async () => {
    const existing = there(folders);
    if (E.isLeft(existing)) return existing;
    const watching = await watchRuns({ folders: existing.right, port })();
    if (E.isLeft(watching)) return watching;
    await serve(watching.right);
    return E.right(EXIT.done);
  };
