/**
 * Writes a file that was named on the command line. Not here: files whose names vcycle chooses (`src/files/folder.ts`).
 */
import { writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { Fault } from '../../fault.js';
import { unwritable } from '../../files/disk-fault.js';
import { Folder } from '../../files/folder.js';
import { nodeFiles } from '../../files/node-files.js';
import { messageOf } from '../../thrown.js';

const write = (path: string, data: Uint8Array | string): void => {
  const leadsTo = nodeFiles.follow(path)?.kind;
  // A pipe or a terminal, such as `/dev/stdout`, is written to directly, because there is no file to replace.
  if (leadsTo === 'pipe' || leadsTo === 'device') {
    writeFileSync(path, data);
    return;
  }
  if (nodeFiles.look(path)?.kind === 'link') throw new Error('it is a link, and none is followed');
  const folder = Folder.at(dirname(path));
  folder.make();
  folder.write(basename(path), data);
};

/** Writes the file completely or not at all, creates the folders that it needs, and returns its path. */
export const writeNamedFile = (path: string, data: Uint8Array | string): E.Either<Fault, string> =>
  E.tryCatch(
    () => {
      write(path, data);
      return path;
    },
    (error) => unwritable(error, `${path} could not be written (${messageOf(error)})`, 'name another place'),
  );
