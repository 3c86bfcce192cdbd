/**
 * Folders under construction: beside the final one, under a name that contains the process, so that an incomplete one is never taken for complete and
 * can be distinguished from those of other processes.
 */
import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isAlive } from '../../src/alive.js';

export const partOf = (folder: string): string => `${folder}.${process.pid}.part`;

/** Removes what killed processes have left of `folder`. */
export const removeStaleParts = async (folder: string): Promise<void> => {
  const names = await readdir(dirname(folder)).catch(() => []);
  for (const name of names) {
    const pid = name.startsWith(`${basename(folder)}.`) ? /\.(\d+)\.part$/.exec(name)?.[1] : undefined;
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(dirname(folder), name), { recursive: true, force: true });
  }
};
