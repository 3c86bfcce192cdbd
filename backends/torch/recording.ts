/**
 * A recording: all that a worker was told, byte for byte, in one file, which `worker/replay.py` repeats and times with Python alone.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as E from 'fp-ts/lib/Either.js';

/** What repeats a recording, beside the worker's other files. */
export const REPLAY = fileURLToPath(new URL('../../../backends/torch/worker/replay.py', import.meta.url));

export interface Recording {
  write(bytes: Uint8Array): void;
  close(): void;
}

const writeAll = (file: number, bytes: Uint8Array): void => {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
};

/** Left: why the file cannot be made. */
export const recordingIn = (path: string): E.Either<string, Recording> =>
  E.bimap(
    (error: Error) => `${path} cannot be made (${error.message}); name another file`,
    (file: number): Recording => ({ write: (bytes) => writeAll(file, bytes), close: () => closeSync(file) }),
  )(E.tryCatch(() => openSync(path, 'wx'), E.toError));
