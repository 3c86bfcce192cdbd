/**
 * A recording: every message that a worker received, byte for byte, in one file. `worker/replay.py` repeats and times it with only Python.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as E from 'fp-ts/lib/Either.js';

/** The script that repeats a recording; it needs the worker's other files beside it. */
export const REPLAY = fileURLToPath(new URL('../../../backends/torch/worker/replay.py', import.meta.url));

export interface Recording {
  write(bytes: Uint8Array): void;
  close(): void;
}

const writeAll = (file: number, bytes: Uint8Array): void => {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
};

/** Left: why the file cannot be created. */
export const recordingIn = (path: string): E.Either<string, Recording> =>
  E.bimap(
    (error: Error) => `${path} cannot be made (${error.message}); name another file`,
    (file: number): Recording => ({ write: (bytes) => writeAll(file, bytes), close: () => closeSync(file) }),
  )(E.tryCatch(() => openSync(path, 'wx'), E.toError));
