/**
 * Where a run goes: `--out`, or `runs/NAME-TIME`, with a number behind it where another run has that name. Not here: what the folder holds (the runner).
 */
import { basename, join } from 'node:path';
import { onDisk } from '../../runner/folder/disk-folder.js';
import { inNewFolder } from '../../runner/folder/new-folder.js';
import type { RunPlace } from '../../runner/folder/run-folder.js';

/** `20260131-235959`, local time: folders sort as they were made. */
const stamp = (time: Date): string => {
  const two = (part: number): string => String(part).padStart(2, '0');
  const day = `${time.getFullYear()}${two(time.getMonth() + 1)}${two(time.getDate())}`;
  return `${day}-${two(time.getHours())}${two(time.getMinutes())}${two(time.getSeconds())}`;
};

export const outFolder = (name: string, out: string | undefined, now: Date): RunPlace =>
  out === undefined ? inNewFolder(join('runs', `${basename(name)}-${stamp(now)}`)) : onDisk(out);
