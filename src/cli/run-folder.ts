/**
 * Where a run goes: `--out`, or `runs/NAME-TIME`. Not here: what the folder holds (the runner).
 */
import { basename, join } from 'node:path';

/** `20260131-235959`, local time: folders sort as they were made. */
const stamp = (time: Date): string => {
  const two = (part: number): string => String(part).padStart(2, '0');
  const day = `${time.getFullYear()}${two(time.getMonth() + 1)}${two(time.getDate())}`;
  return `${day}-${two(time.getHours())}${two(time.getMinutes())}${two(time.getSeconds())}`;
};

export const runFolder = (name: string, out: string | undefined, now: Date): string =>
  out ?? join('runs', `${basename(name)}-${stamp(now)}`);
