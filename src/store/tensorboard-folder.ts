/**
 * The folder for a run's event file under TensorBoard's `--logdir`: one for each run, since TensorBoard draws all files of a folder as one
 * curve. Node only. Not here: the content of the file (`tensorboard.ts`).
 */
import { basename, resolve } from 'node:path';
import type { Folder } from '../files/folder.js';
import { isTensorboardName } from './tensorboard.js';

/**
 * The folder of a run under TensorBoard's `--logdir`, created if it does not exist: named after the run folder, with a number appended if
 * another run has that name. Exporting a run again uses the same folder. Throws the system's error.
 *
 * @param file the name of the run's event file
 * @example
 * tensorboardFolder(Folder.at('tb'), 'runs/demo-20260131-235959', 'events.out.tfevents.1769900399.000.vcycle') // tb/demo-20260131-235959
 */
export const tensorboardFolder = (logdir: Folder, run: string, file: string): Folder => {
  const name = basename(resolve(run));
  let folder = logdir.folder(name);
  for (let number = 2; ; number++) {
    folder.make();
    const found = folder.names().filter(isTensorboardName);
    if (found.length === 0 || found.includes(file)) return folder;
    folder = logdir.folder(`${name}-${number}`);
  }
};
