/**
 * Writing a file so that it is there whole or not at all, whatever ends the process or the power: a temporary name, synced, renamed, the
 * folder synced. Not here: which files a run has (`run-folder.ts`).
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** What durable writing asks of a disk. Tests put in one that is full, or that dies half-way through a call. */
export interface Disk {
  open(path: string, flags: string): number;
  /** @returns the bytes that were written, which may be fewer than were given. */
  write(file: number, data: Uint8Array, offset: number): number;
  sync(file: number): void;
  close(file: number): void;
  rename(from: string, to: string): void;
  remove(path: string): void;
}

export const nodeDisk: Disk = {
  open: openSync,
  write: (file, data, offset) => writeSync(file, data, offset),
  sync: fsyncSync,
  close: closeSync,
  rename: renameSync,
  remove: (path) => rmSync(path, { force: true }),
};

/** Not the name of any file that is read: what bears it was never finished. */
export const PARTIAL = '.part';

/** The rename itself must outlive a power cut. Windows has no such call, and needs none. */
const syncFolder = (disk: Disk, folder: string): void => {
  if (process.platform === 'win32') return;
  const handle = disk.open(folder, 'r');
  try {
    disk.sync(handle);
  } finally {
    disk.close(handle);
  }
};

/** Throws what the disk throws; then what stood under that name still stands, and the temporary file is gone. */
export const writeDurably = (disk: Disk, path: string, data: Uint8Array): void => {
  const temporary = `${path}${PARTIAL}`;
  const file = disk.open(temporary, 'w');
  try {
    try {
      for (let written = 0; written < data.byteLength; ) written += disk.write(file, data, written);
      disk.sync(file);
    } finally {
      disk.close(file);
    }
    disk.rename(temporary, path);
  } catch (error) {
    disk.remove(temporary);
    throw error;
  }
  syncFolder(disk, dirname(path));
};
