/**
 * States kept after stages, in a folder: a file for each, named by its address, within a budget of bytes; the least recently used go first. Not here: what
 * a state is, what its address is made of (`src/runner/state/kept-states.ts`).
 *
 * A file is a line of JSON, which has the state's address so that a file under another name is told, the events, the checkpoint. Another one, empty, is written whenever the state is used: its time is that of the last use.
 */

import { hostname } from 'node:os';
import * as E from 'fp-ts/lib/Either.js';
import { after, type Bytes, concatenated, part } from '../byte-pieces.js';
import { checksum } from '../data/checksum.js';
import type { Folder } from '../files/folder.js';
import { checked, count, record, text } from '../record-schema.js';
import type { KeptState, KeptStates } from '../runner/state/kept-states.js';
import { messageOf } from '../thrown.js';

const STATE = '.state';
const USED = '.used';

/** The first line of a file. */
interface Header {
  readonly address: string;
  readonly run: string;
  /** Bytes of the events. */
  readonly events: number;
  /** SHA-256 of everything after this line. */
  readonly sha256: string;
}

const header = checked(record<Header>({ address: text, run: text, events: count, sha256: text }));

const NEWLINE = 10;
/** Bytes; a path is a few thousand at most. */
const LONGEST_HEADER = 1 << 16;

const encode = (address: string, { run, events, checkpoint }: KeptState): Bytes => {
  const body = concatenated(events, checkpoint);
  const line = new TextEncoder().encode(`${JSON.stringify({ address, run, events: events.byteLength, sha256: checksum(body) })}\n`);
  return concatenated(line, body);
};

const decode = (address: string, file: Bytes): E.Either<string, KeptState> => {
  const start = part(file, 0, LONGEST_HEADER);
  const end = start.indexOf(NEWLINE);
  const json = E.tryCatch(
    (): unknown => JSON.parse(new TextDecoder().decode(start.subarray(0, Math.max(0, end)))),
    () => 'its first line is not JSON',
  );
  if (E.isLeft(json)) return json;
  const read = header(json.right);
  if (E.isLeft(read)) return read;
  const { run, events, sha256 } = read.right;
  if (read.right.address !== address) return E.left('it is another state, under the name of this one');
  const body = after(file, end + 1);
  if (events > body.byteLength || checksum(body) !== sha256) return E.left('its checksum is not that of its content');
  return E.right({ run, events: part(body, 0, events), checkpoint: after(body, events) });
};

/** A name under which a process writes a state: the address, its number, its machine, and perhaps the suffix of a durable write. */
const UNFINISHED = /^[0-9a-f]{64}-\d+(-[0-9a-f]{8})?(\.part)?$/;

/** Jobs on several machines may share a folder, and have one number on two of them. */
const here = (): string => checksum(new TextEncoder().encode(hostname())).slice(0, 8);

/** Writing one takes seconds. */
const HOUR = 3_600_000;

/** A state in the folder, or what a process that died while it wrote one has left. */
export interface StateFile {
  /** Of the latter, its name. */
  readonly address: string;
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly used: number;
}

/** The states in a folder, the least recently used first; before them, what was never finished. */
export const stateFiles = (folder: Folder, now = Date.now()): readonly StateFile[] =>
  folder
    .names()
    .flatMap((name): readonly StateFile[] => {
      const { kind, size: bytes = 0, modified = 0 } = folder.status(name) ?? {};
      if (kind !== 'file') return [];
      if (UNFINISHED.test(name)) return now - modified > HOUR ? [{ address: name, bytes, used: 0 }] : [];
      if (!name.endsWith(STATE)) return [];
      const address = name.slice(0, -STATE.length);
      return [{ address, bytes, used: Math.max(modified, folder.status(`${address}${USED}`)?.modified ?? 0) }];
    })
    .sort((a, b) => a.used - b.used);

export const removeState = (folder: Folder, address: string): void => {
  if (UNFINISHED.test(address)) folder.remove(address);
  folder.remove(`${address}${STATE}`);
  folder.remove(`${address}${USED}`);
};

/** The states that a budget has no room for: the first ones. */
export const beyond = (files: readonly StateFile[], budget: number): readonly StateFile[] => {
  let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const goes = files.findIndex((file) => {
    if (bytes <= budget) return true;
    bytes -= file.bytes;
    return false;
  });
  return goes < 0 ? files : files.slice(0, goes);
};

/** Removes the least recently used states until the rest is within the budget. @returns those removed. */
export const removeBeyond = (folder: Folder, budget: number): readonly StateFile[] => {
  const removed = beyond(stateFiles(folder), budget);
  for (const { address } of removed) removeState(folder, address);
  return removed;
};

export interface StatesOptions {
  readonly folder: Folder;
  /** Bytes. */
  readonly budget: number;
  readonly facts: readonly string[];
  readonly reuse: boolean;
  readonly exactly?: number;
  readonly tell: (sentence: string) => void;
}

/** Where a folder, a pipe or a device has a state's name, moves it out of the way, so that it is told once. A link is removed like a state that is damaged. */
const notAFile = (folder: Folder, name: string): string | undefined => {
  const moved = E.tryCatch(() => {
    const { kind = 'file' } = folder.status(name) ?? {};
    if (kind === 'file' || kind === 'link') return undefined;
    const aside = `${name}.aside-${Date.now()}`;
    folder.rename(name, aside);
    return `a ${kind} had its name, and is now ${folder.pathOf(aside)}`;
  }, messageOf);
  return E.toUnion(moved);
};

/** A place for kept states. */
export const statesIn = ({ folder, budget, ...given }: StatesOptions): KeptStates => {
  /** A run begins with the state, or has come to it. The budget may be less than that of the run that kept it. */
  const used = (address: string): void => {
    folder.write(`${address}${USED}`, '');
    removeBeyond(folder, budget);
  };
  return {
    ...given,
    find: (address) => {
      const name = `${address}${STATE}`;
      const aside = notAFile(folder, name);
      if (aside !== undefined) return E.left(aside);
      const found = E.tryCatch(() => (folder.has(name) ? folder.read(name) : undefined), messageOf);
      if (E.isLeft(found) || found.right === undefined) return E.map(() => undefined)(found);
      const state = decode(address, found.right);
      // A damaged state would be told again by each run.
      const after = E.tryCatch(() => (E.isLeft(state) ? removeState(folder, address) : used(address)), messageOf);
      return E.isLeft(state) ? state : E.map(() => state.right)(after);
    },
    keep: (address, state) => {
      const made = E.tryCatch(() => {
        folder.make();
        if (!folder.has(`${address}${STATE}`)) return false;
        used(address);
        return true;
      }, messageOf);
      if (E.isLeft(made)) return made;
      if (made.right) return E.right(undefined);
      const given = state();
      if (E.isLeft(given)) return given;
      const file = encode(address, given.right);
      const fits = file.byteLength <= budget;
      const kept = E.tryCatch(() => {
        // Two processes may keep one state at the same time: each writes a file of its own.
        const own = `${address}-${process.pid}-${here()}`;
        if (fits) folder.write(own, file);
        if (fits) folder.rename(own, `${address}${STATE}`);
        removeBeyond(folder, budget);
      }, messageOf);
      return fits ? kept : E.left(`it has ${file.byteLength} bytes, and the budget for all is ${budget}; raise it`);
    },
  };
};
