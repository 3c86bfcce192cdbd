/**
 * A story at every single call to the disk: the call fails, or the process dies there. Not a test itself.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import * as E from 'fp-ts/lib/Either.js';
import type { FileSystem } from '../../src/files/file-system.js';
import { type Call, watchedCalls } from './calls.js';
import { isLockPath, ofTheDead } from './dead-locks.js';
import { AFTERMATHS, type MemoryDisk, memoryDisk, type Tree } from './memory-disk.js';
import type { Story } from './story.js';

const freshDisk = ({ before }: Story): MemoryDisk => memoryDisk(before);

/** On a disk that is well: every act that is not done, in turn. */
const toTheEnd = async ({ acts, left }: Story, files: FileSystem): Promise<unknown> => {
  for (const { name, act, done } of acts) {
    if (done(files)) continue;
    const ended = await act(files);
    if (E.isLeft(ended)) assert.fail(`${name}: ${ended.left.message}`);
  }
  return left(files);
};

const withDeadLocks = (tree: Tree): Tree =>
  new Map([...tree].map(([path, bytes]) => [path, bytes !== null && isLockPath(path) ? ofTheDead(bytes) : bytes]));

const digest = (tree: Tree): string => {
  const hash = createHash('sha256');
  for (const [path, bytes] of [...tree].sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${path}\0${bytes?.byteLength}\0`).update(bytes ?? '');
  return hash.digest('hex');
};

const place = (call: Call, count: number, args: readonly unknown[]): string =>
  `call ${count}, ${[call, ...args.filter((arg) => typeof arg === 'string')].join(' ')}`;

/** Writes the first half of what a call was asked to write; returns its bytes. */
const writeHalf = (files: FileSystem, args: readonly unknown[]): number => {
  const [file, data, offset] = args as Parameters<FileSystem['write']>;
  return files.write(file, data.subarray(0, offset + Math.ceil((data.byteLength - offset) / 2)), offset);
};

export interface Deaths {
  readonly calls: number;
  readonly points: number;
  /** Different disks among what the deaths leave: of each, one is carried to the end. */
  readonly disks: number;
}

/** Dies at every call, before it and (where it writes) within it; what is left is carried to the same end. */
export const dieEverywhere = async (story: Story): Promise<Deaths> => {
  const disk = freshDisk(story);
  const disks = new Map<string, { readonly tree: Tree; readonly at: string; readonly finished: readonly string[] }>();
  let [calls, points] = [0, 0];
  const finished: string[] = [];
  const die = (at: string): void => {
    for (const aftermath of AFTERMATHS) {
      points += 1;
      const tree = disk.after(aftermath);
      const key = `${digest(tree)} ${finished.join()}`;
      if (!disks.has(key)) disks.set(key, { tree, at: `${at}, ${aftermath}`, finished: [...finished] });
    }
  };
  const files = watchedCalls(disk.files, (call, count, act, args) => {
    calls = count;
    const at = place(call, count, args);
    die(at);
    if (call !== 'write') return act();
    const half = writeHalf(disk.files, args);
    die(`${at}, half of it`);
    const [file, data, offset] = args as Parameters<FileSystem['write']>;
    return half + disk.files.write(file, data, offset + half);
  });
  for (const { name, act } of story.acts) {
    const ended = await act(files);
    if (E.isLeft(ended)) assert.fail(`${name}: ${ended.left.message}`);
    finished.push(name);
  }
  die('the end');
  const expected = story.left(disk.files);
  for (const { tree, at, finished: were } of disks.values()) {
    const after = memoryDisk(withDeadLocks(tree)).files;
    for (const { name, done } of story.acts)
      if (were.includes(name)) assert.ok(done(after), `${at}: ${name} was done, and is not any more`);
    assert.deepEqual(await toTheEnd(story, after).catch((error) => assert.fail(`${at}: ${error.message}`)), expected, at);
  }
  return { calls, points, disks: disks.size };
};

export const FAILURES = ['ENOSPC', 'EIO', 'EACCES', 'a short write'] as const;
export type Failure = (typeof FAILURES)[number];

const TAKES_ROOM: ReadonlySet<Call> = new Set<Call>(['write', 'truncate', 'sync', 'close', 'makeFolder', 'rename']);

const happens = (failure: Failure, call: Call): boolean => {
  if (failure === 'a short write') return call === 'write';
  return failure !== 'ENOSPC' || TAKES_ROOM.has(call);
};

/** An act of a story on an unbroken disk: what there is before it, and the calls that it takes. */
interface Beginning {
  readonly tree: Tree;
  readonly calls: readonly Call[];
}

const unbroken = async (story: Story): Promise<{ readonly beginnings: readonly Beginning[]; readonly expected: unknown }> => {
  const disk = freshDisk(story);
  const beginnings: Beginning[] = [];
  for (const { name, act } of story.acts) {
    const calls: Call[] = [];
    beginnings.push({ tree: disk.after('killed'), calls });
    const ended = await act(
      watchedCalls(disk.files, (call, _count, does) => {
        calls.push(call);
        return does();
      }),
    );
    if (E.isLeft(ended)) assert.fail(`${name}: ${ended.left.message}`);
  }
  return { beginnings, expected: story.left(disk.files) };
};

export interface Failures {
  readonly points: number;
  /** Of them, those that an act reported: the others did no harm. */
  readonly told: number;
}

/** Lets every call fail to which the failure may happen; the disk is well again after it, and what is left is carried to the same end. */
export const failEverywhere = async (story: Story, failure: Failure): Promise<Failures> => {
  const { beginnings, expected } = await unbroken(story);
  let [points, told] = [0, 0];
  for (const [number, { tree, calls }] of beginnings.entries())
    for (const [index, kind] of calls.entries()) {
      if (!happens(failure, kind)) continue;
      points += 1;
      const disk = memoryDisk(tree);
      let at = '';
      const files = watchedCalls(disk.files, (call, count, does, args) => {
        if (count !== index + 1) return does();
        at = `${story.acts[number]?.name}, ${failure} at ${place(call, count, args)}`;
        const half = call === 'write' ? writeHalf(disk.files, args) : 0;
        if (failure === 'a short write') return half;
        throw Object.assign(new Error(`${failure}: said by the disk, ${call}`), { code: failure });
      });
      for (const { name, act } of story.acts.slice(number)) {
        const ended = await act(files).catch((error) => assert.fail(`${at}: thrown in ${name}: ${error.stack}`));
        if (E.isRight(ended)) continue;
        told += 1;
        const { message, kind: fault } = ended.left;
        assert.ok(message.includes(`${failure}: said by the disk`) && !message.includes('\n'), `${at}: ${message}`);
        // Permissions are the user's to change: exit 2.
        assert.equal(fault, failure === 'EACCES' ? fault : 'run', `${at}: ${message}`);
        break;
      }
      assert.deepEqual(await toTheEnd(story, disk.files).catch((error) => assert.fail(`${at}: then ${error.message}`)), expected, at);
    }
  return { points, told };
};
