/**
 * A folder that was given, and all that is written or deleted in it: nothing outside of it, whatever it holds. The way to the folder is its
 * giver's own and may have links; within it no link is followed by a write or a deletion, and no name leads out. Reading follows links. What
 * another process changes between a check and a call is not guarded against: that is one with the right to do all this itself.
 */
import { basename, dirname, join, resolve, sep } from 'node:path';
import { tidy, whileOpen, writeAll, writeDurably } from './durable.js';
import type { FileSystem, Status } from './file-system.js';
import { makeFolder, makeOne } from './make-folder.js';
import { nodeFiles } from './node-files.js';
import { firstLine, readText, readWhole, withFile } from './read.js';
import { removeTree } from './tree.js';

const BETWEEN = sep === '/' ? /\// : /[\\/]/;

const isPart = (part: string): boolean => part !== '' && part !== '.' && part !== '..' && !part.includes('\0');

/** The parts of a name. A name that leads out of its folder was made of something that nobody had checked. */
const partsOf = (name: string): readonly string[] => {
  const parts = name.split(BETWEEN);
  if (!parts.every(isPart)) throw new Error(`${JSON.stringify(name)} is no name within a folder`);
  return parts;
};

/** Methods throw what the system says, and where a link is in the way. */
export class Folder {
  private constructor(
    readonly files: FileSystem,
    /** As it was given. */
    private readonly root: string,
    /** The folders between the one that was given and this one. */
    private readonly within: readonly string[],
  ) {}

  static at(path: string, files: FileSystem = nodeFiles): Folder {
    return new Folder(files, path, []);
  }

  get path(): string {
    return this.within.length === 0 ? this.root : join(this.root, ...this.within);
  }

  /** A folder in this one; what is written there is held to lie within the one that was given. */
  folder(name: string): Folder {
    return new Folder(this.files, this.root, [...this.within, ...partsOf(name)]);
  }

  pathOf(name: string): string {
    return join(this.path, ...partsOf(name));
  }

  /** What is under a name, links followed; of the folder itself without one. */
  status(name?: string): Status | undefined {
    return this.files.follow(name === undefined ? this.path : this.pathOf(name));
  }

  has(name: string): boolean {
    return this.status(name) !== undefined;
  }

  /** Names in it, sorted; none where it is not there. */
  names(): readonly string[] {
    return this.status() === undefined ? [] : [...this.files.list(this.path)].sort();
  }

  read(name: string): Uint8Array {
    return readWhole(this.files, this.pathOf(name));
  }

  text(name: string): string {
    return readText(this.files, this.pathOf(name));
  }

  /** The first line of a text; undefined where no line has an end. */
  firstLine(name: string): string | undefined {
    return firstLine(this.files, this.pathOf(name));
  }

  reading<A>(name: string, use: (file: number, status: Status) => A): A {
    return withFile(this.files, this.pathOf(name), use);
  }

  /** Where something of that name is written or removed: every folder before it, from the given one on, is one and no link. */
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

  /** Makes it where it is not there: the one that was given with all folders before it, another one with those between. */
  make(): void {
    makeFolder(this.files, this.root);
    this.within.reduce((path, part) => {
      const next = join(path, part);
      const { kind } = this.files.look(next) ?? {};
      if (kind === 'link') throw new Error(`${next} is a link, and nothing is written behind one; put the folder itself there`);
      if (kind !== 'folder') makeOne(this.files, next);
      return next;
    }, this.root);
  }

  /** Whole or not at all; makes no folders. */
  write(name: string, data: Uint8Array | string): void {
    writeDurably(this.files, this.#place(name), typeof data === 'string' ? new TextEncoder().encode(data) : data);
  }

  /** Opens a file for writing at its end; one that was not there is made. */
  append(name: string): number {
    const path = this.#place(name);
    const found = this.files.look(path);
    if (found === undefined) return this.files.open(path, 'new');
    if (found.kind !== 'file') throw new Error(`${path} must be a regular file to be written to (was a ${found.kind})`);
    // Its other names, outside perhaps, keep what they have: this one gets bytes of its own.
    if (found.names > 1) this.write(name, this.read(name));
    return this.files.open(path, 'append');
  }

  /** Makes a file that must not be there yet; where it cannot be written, there is none. */
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

  rename(from: string, to: string): void {
    this.files.rename(this.#place(from), this.#place(to));
  }

  /** The folder itself gets a name of its own behind the one that it has, and what has that name goes; gives its path. */
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

  /** Removes a file or a link, which need not be there. */
  remove(name: string): void {
    this.files.remove(this.#place(name));
  }

  /** Removes whatever is there, with all that is in it. A link goes, and what it leads to stays. */
  removeAll(name: string): void {
    removeTree(this.files, this.#place(name));
  }
}
