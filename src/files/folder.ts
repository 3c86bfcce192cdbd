/**
 * A folder given by the user, and every write and deletion in it: nothing outside is touched, whatever it contains. The path to the folder
 * is the user's own and may contain links; within it, writes and deletions follow no link, and no name leads outside. Reading follows
 * links. Changes by another process between a check and a call are not guarded against: such a process already has the right to do all this
 * itself.
 */

import { basename, dirname, join, resolve, sep } from 'node:path';
import type { Bytes } from '../byte-pieces.js';
import { syncFolder, tidy, whileOpen, writeAll, writeDurably } from './durable.js';
import type { FileSystem, Status } from './file-system.js';
import { makeFolder, makeOne } from './make-folder.js';
import { nodeFiles } from './node-files.js';
import { firstLine, readText, readWhole, withFile } from './read.js';
import { removeTree } from './tree.js';

const BETWEEN = sep === '/' ? /\// : /[\\/]/;

const isPart = (part: string): boolean => part !== '' && part !== '.' && part !== '..' && !part.includes('\0');

/** The parts of a name. A name that leads out of its folder was built from unchecked input. */
const partsOf = (name: string): readonly string[] => {
  const parts = name.split(BETWEEN);
  if (!parts.every(isPart)) throw new Error(`${JSON.stringify(name)} is no name within a folder`);
  return parts;
};

/** Methods throw the system's error, or an error if a link is in the way. */
export class Folder {
  private constructor(
    readonly files: FileSystem,
    /** The path as it was given. */
    private readonly root: string,
    /** The folders between the given one and this one. */
    private readonly within: readonly string[],
  ) {}

  static at(path: string, files: FileSystem = nodeFiles): Folder {
    return new Folder(files, path, []);
  }

  get path(): string {
    return this.within.length === 0 ? this.root : join(this.root, ...this.within);
  }

  /** A subfolder; writes in it are confined to the folder that was given. */
  folder(name: string): Folder {
    return new Folder(this.files, this.root, [...this.within, ...partsOf(name)]);
  }

  pathOf(name: string): string {
    return join(this.path, ...partsOf(name));
  }

  /** The status of a name, following links; of the folder itself if the name is omitted. */
  status(name?: string): Status | undefined {
    return this.files.follow(name === undefined ? this.path : this.pathOf(name));
  }

  has(name: string): boolean {
    return this.status(name) !== undefined;
  }

  /** The names in it, sorted; none if the folder does not exist. */
  names(): readonly string[] {
    return this.status() === undefined ? [] : [...this.files.list(this.path)].sort();
  }

  read(name: string): Bytes {
    return readWhole(this.files, this.pathOf(name));
  }

  text(name: string): string {
    return readText(this.files, this.pathOf(name));
  }

  /** The first line of a text; undefined if no line is terminated. */
  firstLine(name: string): string | undefined {
    return firstLine(this.files, this.pathOf(name));
  }

  reading<A>(name: string, use: (file: number, status: Status) => A): A {
    return withFile(this.files, this.pathOf(name), use);
  }

  /**
   * The path at which that name is written or removed. Requires every folder on the way, from the given one on, to be a folder and not a
   * link.
   */
  #place(name: string): string {
    const parts = [...this.within, ...partsOf(name)];
    let path = this.root;
    for (const part of parts.slice(0, -1)) {
      path = join(path, part);
      if (this.files.look(path)?.kind === 'link')
        throw new Error(`${path} is a link, and nothing is written or removed behind one; put the folder itself there`);
    }
    return join(path, parts.at(-1) ?? '');
  }

  /** Creates the folder if it does not exist: the given folder with all its parents, a subfolder with the folders between. */
  make(): void {
    makeFolder(this.files, this.root);
    this.within.reduce((path, part) => {
      const next = join(path, part);
      const { kind } = this.files.look(next) ?? {};
      if (kind === 'link') throw new Error(`${next} is a link, and nothing is written behind one; put the folder itself there`);
      makeOne(this.files, next);
      return next;
    }, this.root);
  }

  /** Writes atomically; creates no folders. */
  write(name: string, data: Bytes | string): void {
    writeDurably(this.files, this.#place(name), typeof data === 'string' ? new TextEncoder().encode(data) : data);
  }

  /** Opens a file for appending, and creates it if it does not exist. */
  append(name: string): number {
    const path = this.#place(name);
    const found = this.files.look(path);
    if (found === undefined) return this.#opened(path);
    if (found.kind !== 'file') throw new Error(`${path} must be a regular file to be written to (was a ${found.kind})`);
    // Other hard links, perhaps outside the folder, keep their content: this name gets a copy.
    if (found.names > 1) this.write(name, this.read(name));
    return this.files.open(path, 'append');
  }

  /** A new file, whose name survives a power failure from now on. */
  #opened(path: string): number {
    const file = this.files.open(path, 'new');
    try {
      syncFolder(this.files, dirname(path));
      return file;
    } catch (error) {
      tidy(() => this.files.close(file));
      throw error;
    }
  }

  /** Creates a file that must not exist yet; if the write fails, the file is removed. */
  create(name: string, data: string): void {
    const path = this.#place(name);
    const file = this.files.open(path, 'new');
    try {
      whileOpen(this.files, file, () => writeAll(this.files, file, new TextEncoder().encode(data)));
    } catch (error) {
      tidy(() => this.files.remove(path));
      throw error;
    }
  }

  /** Survives a power failure once it has returned. */
  rename(from: string, to: string): void {
    const [old, now] = [this.#place(from), this.#place(to)];
    this.files.rename(old, now);
    for (const folder of new Set([dirname(now), dirname(old)])) syncFolder(this.files, folder);
  }

  /** Renames the folder itself by appending a suffix, replacing whatever has that name; returns the new path. */
  moveAside(suffix: string): string {
    const own = basename(resolve(this.path));
    const above = this.within.length === 0 ? Folder.at(dirname(resolve(this.root)), this.files) : this.#above();
    above.removeAll(`${own}${suffix}`);
    above.rename(own, `${own}${suffix}`);
    return `${this.path}${suffix}`;
  }

  #above(): Folder {
    return new Folder(this.files, this.root, this.within.slice(0, -1));
  }

  /** Removes a file or a link, if it exists. */
  remove(name: string): void {
    this.files.remove(this.#place(name));
  }

  /** Removes whatever has that name, with all its content. A link is removed, but not its target. */
  removeAll(name: string): void {
    removeTree(this.files, this.#place(name));
  }
}
