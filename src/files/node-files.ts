/**
 * The disk, by Node's synchronous calls. Not here: anything that takes more than one call.
 */
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmdirSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { codeOf } from '../thrown.js';
import type { FileSystem, Opening, Status } from './file-system.js';

/** Windows has no such flags, and creating links there requires a privilege. */
const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

const FLAGS: Readonly<Record<Opening, number>> = {
  read: constants.O_RDONLY | O_NONBLOCK,
  new: constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL,
  append: constants.O_WRONLY | constants.O_APPEND | O_NOFOLLOW | O_NONBLOCK,
  folder: constants.O_RDONLY,
};

/** Node accepts at most 2 GiB per call. */
const MOST_BYTES = 1 << 30;

const kindOf = (stats: Stats): Status['kind'] => {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'folder';
  if (stats.isSymbolicLink()) return 'link';
  if (stats.isFIFO()) return 'pipe';
  return stats.isSocket() ? 'socket' : 'device';
};

const statusOf = (stats: Stats): Status => ({ kind: kindOf(stats), size: stats.size, modified: stats.mtimeMs, names: stats.nlink });

/** Errors that mean that nothing exists: the path or one of its parents is missing, is circular, or is longer than a path may be. */
const ABSENT: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG']);

const unlessAbsent = (stats: () => Stats): Status | undefined => {
  try {
    return statusOf(stats());
  } catch (error) {
    if (ABSENT.has(codeOf(error))) return undefined;
    throw error;
  }
};

export const nodeFiles: FileSystem = {
  open: (path, how) => openSync(path, FLAGS[how]),
  read: (file, into, from) => readSync(file, into, 0, Math.min(into.byteLength, MOST_BYTES), from),
  write: (file, data, offset) => writeSync(file, data, offset, Math.min(data.byteLength - offset, MOST_BYTES)),
  truncate: ftruncateSync,
  status: (file) => statusOf(fstatSync(file)),
  sync: fsyncSync,
  close: closeSync,
  look: (path) => unlessAbsent(() => lstatSync(path)),
  follow: (path) => unlessAbsent(() => statSync(path)),
  list: (path) => readdirSync(path),
  makeFolder: (path) => {
    mkdirSync(path);
  },
  rename: renameSync,
  remove: (path) => {
    try {
      unlinkSync(path);
    } catch (error) {
      if (!ABSENT.has(codeOf(error))) throw error;
    }
  },
  removeFolder: rmdirSync,
};
