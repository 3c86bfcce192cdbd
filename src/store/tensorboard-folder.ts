/**
 * Where a run's event file goes under a folder of TensorBoard's: into a folder of its own, since TensorBoard draws all files of one folder as one
 * curve. Node only. Not here: what the file holds (`tensorboard.ts`).
 */
import { readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { makeFolder } from '../make-folder.js';
import { isTensorboardName } from './tensorboard.js';

/**
 * The folder of a run under TensorBoard's `--logdir`, made where it is not there: named after the run folder, with a number behind it where another
 * run has that name. Exported again, a run goes where it was. Throws what Node throws.
 *
 * @param file the run's event file, by its name
 * @example
 * tensorboardFolder('tb', 'runs/demo-20260131-235959', 'events.out.tfevents.1769900399.000.vcycle') // 'tb/demo-20260131-235959'
 */
export const tensorboardFolder = (logdir: string, run: string, file: string): string => {
  const name = join(logdir, basename(resolve(run)));
  let folder = name;
  for (let number = 2; ; number++) {
    makeFolder(folder);
    const found = readdirSync(folder).filter(isTensorboardName);
    if (found.length === 0 || found.includes(file)) return folder;
    folder = `${name}-${number}`;
  }
};
