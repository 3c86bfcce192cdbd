/**
 * A disk in memory that knows what has been synced. What a process wrote is seen at once, by it and by the next process; what survives a power
 * failure is only what was synced: a file's bytes by syncing the file, its name by syncing its folder. Not a test itself.
 */
import type { FileSystem, Status } from '../../src/files/file-system.js';

interface FileNode {
  readonly kind: 'file';
  bytes: Uint8Array;
  synced: Uint8Array;
}

interface FolderNode {
  readonly kind: 'folder';
  names: Map<string, Node>;
  synced: Map<string, Node>;
}

type Node = FileNode | FolderNode;

/** Everything on a disk: the files' bytes by path, and null for a folder. */
export type Tree = ReadonlyMap<string, Uint8Array | null>;

/**
 * What there is after a death. `killed`: the process ended, the machine went on. `names-only`: the power failed after the disk had stored every
 * name, but of the bytes only those that were synced. `synced`: it had stored neither names nor bytes that were not synced.
 */
export const AFTERMATHS = ['killed', 'names-only', 'synced'] as const;
export type Aftermath = (typeof AFTERMATHS)[number];

const NOTHING = new Uint8Array(0);

const refused = (code: string, call: string, path: string): Error => Object.assign(new Error(`${code}: ${call} ${path}`), { code });

const folder = (): FolderNode => ({ kind: 'folder', names: new Map(), synced: new Map() });

const partsOf = (path: string): readonly string[] => path.split('/').filter((part) => part !== '');

const treeOf = (root: FolderNode, aftermath: Aftermath): Tree => {
  const tree = new Map<string, Uint8Array | null>();
  const visit = (path: string, node: Node): void => {
    if (node.kind === 'file') {
      tree.set(path, aftermath === 'killed' ? node.bytes : node.synced);
      return;
    }
    if (path !== '') tree.set(path, null);
    for (const [name, inner] of aftermath === 'synced' ? node.synced : node.names) visit(`${path}/${name}`, inner);
  };
  visit('', root);
  return tree;
};

export interface MemoryDisk {
  readonly files: FileSystem;
  /** What there would be if the process died now. */
  after(aftermath: Aftermath): Tree;
}

/** @param tree what is on it, synced. */
export const memoryDisk = (tree: Tree = new Map()): MemoryDisk => {
  const root = folder();
  const opened = new Map<number, { readonly node: Node; readonly path: string }>();
  let next = 3;

  const find = (path: string): Node | undefined =>
    partsOf(path).reduce<Node | undefined>((node, part) => (node?.kind === 'folder' ? node.names.get(part) : undefined), root);
  /** The folder in which the path is, which must exist, and the path's name in it. */
  const placeOf = (call: string, path: string): readonly [FolderNode, string] => {
    const parts = partsOf(path);
    const parent = find(parts.slice(0, -1).join('/'));
    if (parent?.kind !== 'folder') throw refused('ENOENT', call, path);
    return [parent, parts.at(-1) ?? ''];
  };
  const status = (node: Node): Status => ({
    kind: node.kind,
    size: node.kind === 'file' ? node.bytes.byteLength : 0,
    modified: 0,
    names: 1,
  });
  const nodeOf = (file: number): Node => {
    const found = opened.get(file);
    if (found === undefined) throw refused('EBADF', 'file', String(file));
    return found.node;
  };
  const fileOf = (file: number): FileNode => {
    const node = nodeOf(file);
    if (node.kind !== 'file') throw refused('EISDIR', 'file', String(file));
    return node;
  };
  const look = (path: string): Status | undefined => {
    const node = find(path);
    return node === undefined ? undefined : status(node);
  };

  const files: FileSystem = {
    open: (path, how) => {
      const [parent, name] = placeOf('open', path);
      let node = name === '' ? root : parent.names.get(name);
      if (how === 'new') {
        if (node !== undefined) throw refused('EEXIST', 'open', path);
        node = { kind: 'file', bytes: NOTHING, synced: NOTHING };
        parent.names.set(name, node);
      }
      if (node === undefined) throw refused('ENOENT', 'open', path);
      next += 1;
      opened.set(next, { node, path });
      return next;
    },
    read: (file, into, from) => {
      const part = fileOf(file).bytes.subarray(from, from + into.byteLength);
      into.set(part);
      return part.byteLength;
    },
    write: (file, data, offset) => {
      const node = fileOf(file);
      const bytes = new Uint8Array(node.bytes.byteLength + data.byteLength - offset);
      bytes.set(node.bytes);
      bytes.set(data.subarray(offset), node.bytes.byteLength);
      node.bytes = bytes;
      return data.byteLength - offset;
    },
    truncate: (file, size) => {
      const node = fileOf(file);
      node.bytes = node.bytes.slice(0, size);
    },
    status: (file) => status(nodeOf(file)),
    sync: (file) => {
      const node = nodeOf(file);
      if (node.kind === 'file') node.synced = node.bytes;
      else node.synced = new Map(node.names);
    },
    close: (file) => {
      if (!opened.delete(file)) throw refused('EBADF', 'close', String(file));
    },
    look,
    follow: look,
    list: (path) => {
      const node = find(path);
      if (node?.kind !== 'folder') throw refused(node === undefined ? 'ENOENT' : 'ENOTDIR', 'list', path);
      return [...node.names.keys()];
    },
    makeFolder: (path) => {
      const [parent, name] = placeOf('mkdir', path);
      if (name === '' || parent.names.has(name)) throw refused('EEXIST', 'mkdir', path);
      parent.names.set(name, folder());
    },
    rename: (from, to) => {
      const [above, name] = placeOf('rename', from);
      const [into, renamed] = placeOf('rename', to);
      const node = above.names.get(name);
      if (node === undefined) throw refused('ENOENT', 'rename', from);
      above.names.delete(name);
      into.names.set(renamed, node);
    },
    remove: (path) => {
      const node = find(path);
      if (node?.kind === 'folder') throw refused('EISDIR', 'unlink', path);
      if (node === undefined) return;
      const [parent, name] = placeOf('unlink', path);
      parent.names.delete(name);
    },
    removeFolder: (path) => {
      const node = find(path);
      if (node?.kind !== 'folder') throw refused(node === undefined ? 'ENOENT' : 'ENOTDIR', 'rmdir', path);
      if (node.names.size > 0) throw refused('ENOTEMPTY', 'rmdir', path);
      const [parent, name] = placeOf('rmdir', path);
      parent.names.delete(name);
    },
  };

  for (const [path, bytes] of tree) {
    const [parent, name] = placeOf('restore', path);
    parent.names.set(name, bytes === null ? folder() : { kind: 'file', bytes, synced: bytes });
  }
  const settle = (node: Node): void => {
    if (node.kind === 'file') return;
    node.synced = new Map(node.names);
    for (const inner of node.names.values()) settle(inner);
  };
  settle(root);
  return { files, after: (aftermath) => treeOf(root, aftermath) };
};
