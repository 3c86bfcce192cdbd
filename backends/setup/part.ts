/**
 * Folders under construction: beside the one that they will become, under a name of the process that makes them, so that what is half
 * done is never taken for whole and can be told from what another process is at.
 */
import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isAlive } from '../../src/alive.js';

export const partOf = (folder: string): string => `${folder}.${process.pid}.part`;

/** Removes what processes that were killed have left of `folder`. */
export const removeStaleParts = async (folder: string): Promise<void> => {
  const names = await readdir(dirname(folder)).catch(() => []);
  for (const name of names) {
    const pid = name.startsWith(`${basename(folder)}.`) ? /\.(\d+)\.part$/.exec(name)?.[1] : undefined;
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(dirname(folder), name), { recursive: true, force: true });
  }
};
