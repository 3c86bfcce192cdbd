/**
 * The folder of a run: `--out`, or `runs/NAME-TIME` with a number appended if another run has that name. Not here: the folder's content (the runner).
 */
import { basename, join } from 'node:path';
import { onDisk } from '../../runner/folder/disk-folder.js';
import { inNewFolder } from '../../runner/folder/new-folder.js';
import type { RunPlace } from '../../runner/folder/run-folder.js';

/** `20260131-235959` in local time, so that folders sort by the time when they were created. */
const stamp = (time: Date): string => {
  const two = (part: number): string => String(part).padStart(2, '0');
  const day = `${time.getFullYear()}${two(time.getMonth() + 1)}${two(time.getDate())}`;
  return `${day}-${two(time.getHours())}${two(time.getMinutes())}${two(time.getSeconds())}`;
};

export const outFolder = (name: string, out: string | undefined, now: Date): RunPlace =>
  out === undefined ? inNewFolder(join('runs', `${basename(name)}-${stamp(now)}`)) : onDisk(out);
