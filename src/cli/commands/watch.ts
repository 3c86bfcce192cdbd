/**
 * `vcycle watch RUN…`: a page on loopback with the curves of runs, live. Ends with Ctrl-C.
 */
import { existsSync } from 'node:fs';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type Fault, inputFault } from '../../fault.js';
import { type Watching, watchRuns } from '../../watch/watch-server.js';
import { EXIT, type ExitCode } from '../process/exit.js';
import { onInterrupt } from '../process/interrupt.js';
import { printText, say } from '../process/print.js';

export interface WatchOptions {
  readonly port: number;
}

const there = (folders: readonly string[]): TE.TaskEither<Fault, readonly string[]> => {
  const missing = folders.find((folder) => !existsSync(folder));
  return missing === undefined
    ? TE.right(folders)
    : TE.left(inputFault(`${missing}: there is no such folder; name a run folder, or a folder that holds some`));
};

const untilInterrupted = async (): Promise<void> => {
  const interrupt = onInterrupt(() => undefined);
  await new Promise((resolve) => interrupt.signal.addEventListener('abort', resolve));
  interrupt.dispose();
};

const serve = ({ url, close }: Watching): TE.TaskEither<Fault, ExitCode> =>
  TE.fromTask(async () => {
    printText(url);
    say('open this address in a browser; Ctrl-C ends');
    await untilInterrupted();
    await close();
    return EXIT.done;
  });

export const watch = (folders: readonly string[], { port }: WatchOptions): TE.TaskEither<Fault, ExitCode> =>
  pipe(
    there(folders),
    TE.flatMap((existing) => watchRuns({ folders: existing, port })),
    TE.flatMap(serve),
  );
