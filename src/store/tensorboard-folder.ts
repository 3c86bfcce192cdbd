/**
 * Where a run's event file goes under a folder of TensorBoard's: into a folder of its own, since TensorBoard draws all files of one folder as one
 * curve. Node only. Not here: what the file holds (`tensorboard.ts`).
 */
import { basename, resolve } from 'node:path';
import type { Folder } from '../files/folder.js';
import { isTensorboardName } from './tensorboard.js';

/**
 * The folder of a run under TensorBoard's `--logdir`, made where it is not there: named after the run folder, with a number behind it where another
 * run has that name. Exported again, a run goes where it was. Throws what the system says.
 *
 * @param file the run's event file, by its name
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
