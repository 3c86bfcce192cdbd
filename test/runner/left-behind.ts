/** What a run left that another one may be held to: everything but times. Not a test itself. */

import { createHash } from 'node:crypto';
import { type Bytes, joined } from '../../src/byte-pieces.js';
import { Folder } from '../../src/files/folder.js';
import { decodeSafetensors, encodeSafetensors } from '../../src/model/safetensors.js';
import { isOutsideHistory, type RunEvent } from '../../src/runner/events/events.js';
import { readEvents } from '../../src/runner/folder/read-events.js';
import { RUN_FILES } from '../../src/runner/folder/run-folder.js';
import { right } from './harness.js';

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const hashOf = (folder: Folder, name: string): string => digest(joined(folder.read(name)));

/**
 * Of a checkpoint, everything but the name of the last good one before it. A run that was ended wrote one there, so its last good
 * one is newer than that of a run that was not.
 */
const hashOfCheckpoint = (bytes: Bytes): string => {
  const { tensors, metadata } = right(decodeSafetensors(bytes));
  const { checksum: _, place = '', ...rest } = metadata;
  const { good: __, ...there } = JSON.parse(place);
  return digest(joined(encodeSafetensors(tensors, { ...rest, place: JSON.stringify(there) })));
};

const TIMES: ReadonlySet<string> = new Set(['time', 'seconds']);

const withoutTimes = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (key, inner) => (TIMES.has(key) ? undefined : inner)));

export interface LeftBehind {
  readonly model: Readonly<Record<string, string>>;
  readonly events: readonly unknown[];
  /** The newest checkpoint, which is that of the last step. */
  readonly checkpoint: string;
  readonly summary: unknown;
}

export const leftIn = (folder: Folder): LeftBehind => {
  const events: readonly RunEvent[] = right(readEvents(folder.text(RUN_FILES.events)));
  const [checkpoints, model] = [folder.folder(RUN_FILES.checkpoints), folder.folder(RUN_FILES.model)];
  const { outcome, model: saved, stages, scheduleHash } = JSON.parse(folder.text(RUN_FILES.summary));
  return {
    model: Object.fromEntries(model.names().map((name) => [name, hashOf(model, name)])),
    events: events.filter((event) => !isOutsideHistory(event)).map(withoutTimes),
    checkpoint: hashOfCheckpoint(
      checkpoints.read(
        checkpoints
          .names()
          .filter((name) => name.endsWith('.safetensors'))
          .at(-1) ?? '',
      ),
    ),
    summary: withoutTimes({ outcome, model: saved, stages, scheduleHash }),
  };
};

export const leftBehind = (folder: string): LeftBehind => leftIn(Folder.at(folder));
