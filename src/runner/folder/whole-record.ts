/**
 * Whether the events of a finished run match its summary. A crash truncates at most a line; an incomplete copy, an edit or a failing disk may lose
 * half a run, which the events alone would not show. Only reads.
 */

import * as E from 'fp-ts/lib/Either.js';
import { joined } from '../../byte-pieces.js';
import { checksum } from '../../data/checksum.js';
import type { Folder } from '../../files/folder.js';
import { messageOf } from '../../thrown.js';
import type { RunEvent } from '../events/events.js';
import { readEvents } from './read-events.js';
import { RUN_FILES } from './run-folder.js';
import type { EventsDigest, SavedSummary } from './summary.js';

export const digestOfEvents = (file: Uint8Array): EventsDigest => ({ bytes: file.byteLength, sha256: checksum(file) });

/** What summaries of earlier versions, without a digest, record about the events. */
const counted = (events: readonly RunEvent[], { outcome, stages }: SavedSummary): string | undefined => {
  const steps = events.filter(({ kind }) => kind === 'step').length;
  const ran = stages.reduce((sum, { stepsRun }) => sum + stepsRun, 0);
  if (steps !== ran) return `${steps} steps of ${ran}`;
  const ended = events.at(-1);
  return ended?.kind === 'run-ended' && ended.outcome.kind === outcome.kind ? undefined : 'no word of its end';
};

const differs = (file: Uint8Array, summary: SavedSummary): string | undefined => {
  const { bytes, sha256 } = digestOfEvents(file);
  if (summary.events !== undefined) {
    if (bytes !== summary.events.bytes) return `${bytes} bytes of ${summary.events.bytes}`;
    return sha256 === summary.events.sha256 ? undefined : 'other bytes';
  }
  const events = readEvents(new TextDecoder().decode(file));
  return E.isLeft(events) ? events.left.message : counted(events.right, summary);
};

/** Why the events are not those that the summary counted; undefined where they are. */
export const brokenRecord = (folder: Folder, summary: SavedSummary): string | undefined => {
  try {
    const found = differs(joined(folder.read(RUN_FILES.events)), summary);
    return found === undefined ? undefined : `${RUN_FILES.events} is not as ${RUN_FILES.summary} has it (${found})`;
  } catch (error) {
    return `${RUN_FILES.events} cannot be read (${messageOf(error)})`;
  }
};
