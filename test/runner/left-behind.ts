/** What a run left that another one may be held to: everything but times. Not a test itself. */
import { createHash } from 'node:crypto';
import { Folder } from '../../src/files/folder.js';
import { isOutsideHistory, type RunEvent } from '../../src/runner/events/events.js';
import { readEvents } from '../../src/runner/folder/read-events.js';
import { RUN_FILES } from '../../src/runner/folder/run-folder.js';
import { right } from './harness.js';

const hashOf = (folder: Folder, name: string): string => createHash('sha256').update(folder.read(name)).digest('hex');

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
    checkpoint: hashOf(
      checkpoints,
      checkpoints
        .names()
        .filter((name) => name.endsWith('.safetensors'))
        .at(-1) ?? '',
    ),
    summary: withoutTimes({ outcome, model: saved, stages, scheduleHash }),
  };
};

export const leftBehind = (folder: string): LeftBehind => leftIn(Folder.at(folder));
