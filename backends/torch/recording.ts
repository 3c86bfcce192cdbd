/**
 * A recording: every message that a worker received, byte for byte, in one file. `worker/replay.py` repeats and times it with only Python.
 */
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as E from 'fp-ts/lib/Either.js';

/** The script that repeats a recording; it needs the worker's other files beside it. */
export const REPLAY = fileURLToPath(new URL('../../../backends/torch/worker/replay.py', import.meta.url));

export interface Recording {
  /** Left: why it cannot be written; then it is cut off, and of no use. */
  write(pieces: readonly Uint8Array[]): E.Either<string, void>;
  /** One that is cut off, or that nothing was recorded in, is taken away. */
  close(keep: boolean): void;
}

const writeAll = (file: number, pieces: readonly Uint8Array[]): void => {
  for (const bytes of pieces) for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
};

/** Left: why the file cannot be created. */
export const recordingIn = (path: string): E.Either<string, Recording> =>
  E.bimap(
    (error: Error) => `${path} cannot be made (${error.message}); name another file`,
    (file: number): Recording => {
      let whole = true;
      return {
        write: (pieces) =>
          E.mapLeft((error: Error) => {
            whole = false;
            return `the recording ${path} could not be written (${error.message}); make room, or name another file`;
          })(E.tryCatch(() => writeAll(file, pieces), E.toError)),
        close: (keep) => {
          closeSync(file);
          if (!keep || !whole) rmSync(path, { force: true });
        },
      };
    },
  )(E.tryCatch(() => openSync(path, 'wx'), E.toError));
