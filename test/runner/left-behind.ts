/** What a run left that another one may be held to: everything but times. Not a test itself. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isOutsideHistory, type RunEvent } from '../../src/runner/events/events.js';
import { readEvents } from '../../src/runner/folder/read-events.js';
import { RUN_FILES } from '../../src/runner/folder/run-folder.js';
import { right } from './harness.js';

const hashOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

const TIMES: ReadonlySet<string> = new Set(['time', 'seconds']);

const withoutTimes = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (key, inner) => (TIMES.has(key) ? undefined : inner)));

export interface LeftBehind {
  readonly model: Readonly<Record<string, string>>;
  readonly events: readonly unknown[];
  /** The newest checkpoint, which is that of the last step. */
  readonly checkpoint: string;
  readonly summary: unknown;
}

export const leftBehind = (folder: string): LeftBehind => {
  const events: readonly RunEvent[] = right(readEvents(readFileSync(join(folder, RUN_FILES.events), 'utf8')));
  const checkpoints = readdirSync(join(folder, RUN_FILES.checkpoints)).filter((name) => name.endsWith('.safetensors'));
  const { outcome, model, stages, scheduleHash } = JSON.parse(readFileSync(join(folder, RUN_FILES.summary), 'utf8'));
  return {
    model: Object.fromEntries(
      readdirSync(join(folder, RUN_FILES.model)).map((name) => [name, hashOf(join(folder, RUN_FILES.model, name))]),
    ),
    events: events.filter((event) => !isOutsideHistory(event)).map(withoutTimes),
    checkpoint: hashOf(join(folder, RUN_FILES.checkpoints, checkpoints.sort().at(-1) ?? '')),
    summary: withoutTimes({ outcome, model, stages, scheduleHash }),
  };
};
