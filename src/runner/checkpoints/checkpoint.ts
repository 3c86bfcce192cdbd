/**
 * A checkpoint as a file: safetensors whose metadata contain everything else, so that the file describes itself. Encoding and decoding. Not here: its
 * content (`saved-state.ts`), taking one from a backend (`../state/snapshot.ts`), continuing from one (`../levels/restore.ts`), disks.
 *
 * Tensors: the finest level's under their full names, a coarser level's under `level.1/…`, what was restricted to it under `level.1/restricted/…`,
 * those of a branch under `branch.0/start/…` and `branch.0/arm.0/…` (the outermost first; of replicas also `waiting.0` and `momentum`), what stages remember under `memory/…`. Tensors that levels
 * share are written once; `aliases` names the others.
 */

import * as E from 'fp-ts/lib/Either.js';
import { after, type Bytes, concatenated, part } from '../../byte-pieces.js';
import { checksum } from '../../data/checksum.js';
import { type Fault, inputFault, runFault } from '../../fault.js';
import { decodeSafetensors, encodeSafetensors, type SafeTensor, type SafeTensors } from '../../model/safetensors.js';
import { checked } from '../../record-schema.js';
import { metadataSchema } from './checkpoint-schema.js';
import type { Checkpoint } from './saved-state.js';

/** Raised when a key changes its meaning. */
const VERSION = '1';

export const levelPrefix = (depth: number): string => (depth === 0 ? '' : `level.${depth}/`);
export const restrictedPrefix = (depth: number): string => `${levelPrefix(depth)}restricted/`;
export const tauPrefix = (depth: number): string => `${levelPrefix(depth)}tau/`;
export const startPrefix = (branch: number): string => `branch.${branch}/start/`;
export const armPrefix = (branch: number, arm: number): string => `branch.${branch}/arm.${arm}/`;
export const waitingPrefix = (branch: number, replica: number): string => `branch.${branch}/waiting.${replica}/`;
export const momentumPrefix = (branch: number): string => `branch.${branch}/momentum/`;
export const MEMORY_PREFIX = 'memory/';

/** The weights of all its networks, each once, without moments (whose names begin with their parameter's) and without what stages remember. */
export const weightsOf = ({ tensors }: Checkpoint): readonly (readonly [string, SafeTensor])[] => {
  const seen = new Set<SafeTensor>();
  return [...tensors].filter(([name, tensor]) => {
    const isMoment = tensors.has(name.slice(0, Math.max(0, name.lastIndexOf('/'))));
    if (isMoment || name.startsWith(MEMORY_PREFIX) || seen.has(tensor)) return false;
    seen.add(tensor);
    return true;
  });
};

/** The placeholder of the checksum while it is computed. */
const BLANK = '0'.repeat(64);
const checksumField = (digits: string): string => `"checksum":"${digits}"`;
const FIELD_PATTERN = /"checksum":"([0-9a-f]{64})"/;
const LENGTH_BYTES = 8;
/** The checksum is among so many bytes. */
const HEAD = LENGTH_BYTES + 512;

/** The position of the checksum's digits in the file; the header is ASCII up to there, since this is its first entry. */
const digitsIn = (bytes: Bytes): { readonly at: number; readonly digits: string } | undefined => {
  const found = FIELD_PATTERN.exec(new TextDecoder('latin1').decode(part(bytes, LENGTH_BYTES, HEAD)));
  if (found?.[1] === undefined) return undefined;
  return { at: LENGTH_BYTES + found.index + checksumField('').length - 1, digits: found[1] };
};

/** The same bytes with other digits at that position. */
const withDigits = (bytes: Bytes, at: number, digits: string): Bytes => {
  const head = Uint8Array.from(part(bytes, 0, HEAD));
  head.set(new TextEncoder().encode(digits), at);
  return concatenated(head, after(bytes, head.byteLength));
};

/** The finest level's names first, so that shared tensors are stored under them. */
const rank = (name: string): number => (/^(level\.|branch\.|memory\/)/.test(name) ? 1 : 0);

const inOrder = (tensors: ReadonlyMap<string, SafeTensor>): readonly (readonly [string, SafeTensor])[] =>
  [...tensors].sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));

export const encodeCheckpoint = ({ place, levels, updates, branches, tensors, memory }: Checkpoint): Bytes => {
  const once = new Map<string, SafeTensor>();
  const names = new Map<SafeTensor, string>();
  const aliases: Record<string, string> = {};
  // In the order of names, so that equal states give equal files however they were reached.
  for (const [name, tensor] of inOrder(tensors)) {
    const first = names.get(tensor);
    if (first === undefined) {
      names.set(tensor, name);
      once.set(name, tensor);
    } else aliases[name] = first;
  }
  const bytes = encodeSafetensors(once, {
    checksum: BLANK,
    checkpoint: VERSION,
    place: JSON.stringify(place),
    levels: JSON.stringify(levels),
    updates: JSON.stringify(updates),
    branches: JSON.stringify(branches),
    memory: JSON.stringify(memory),
    aliases: JSON.stringify(aliases),
  });
  const field = digitsIn(bytes);
  if (field === undefined) throw new Error('a checkpoint begins with its checksum');
  return withDigits(bytes, field.at, checksum(bytes));
};

/** The fault of a file whose bytes are not those that were written. */
const damaged = (why: string): Fault => runFault(`the file is damaged (${why})`);

const otherVersion = (version: string): Fault =>
  inputFault(`a checkpoint must be of version ${VERSION} (was ${version}); use the vcycle that wrote it`);

/** Whether the bytes are those that were written. */
const intact = (bytes: Bytes): E.Either<Fault, Bytes> => {
  const field = digitsIn(bytes);
  if (field === undefined)
    return E.left(E.isRight(decodeSafetensors(bytes)) ? otherVersion('one without a checksum') : damaged('it has no checksum'));
  return checksum(withDigits(bytes, field.at, BLANK)) === field.digits
    ? E.right(bytes)
    : E.left(damaged('its checksum is not that of its content'));
};

const check = checked(metadataSchema);

/** Metadata are JSON by name. */
const parsed = (metadata: Readonly<Record<string, string>>): unknown =>
  Object.fromEntries(
    ['place', 'levels', 'updates', 'branches', 'memory', 'aliases'].flatMap((name): readonly [string, unknown][] =>
      metadata[name] === undefined ? [] : [[name, JSON.parse(metadata[name])]],
    ),
  );

const contentOf = ({ metadata, tensors }: SafeTensors): E.Either<string, Checkpoint> => {
  const json = E.tryCatch(
    () => parsed(metadata),
    () => 'its metadata are not JSON',
  );
  if (E.isLeft(json)) return json;
  const content = check(json.right);
  if (E.isLeft(content)) return content;
  const { aliases, place, ...rest } = content.right;
  const named = new Map(tensors);
  for (const [name, first] of Object.entries(aliases)) {
    const tensor = tensors.get(first);
    if (tensor === undefined) return E.left(`it lacks the tensor ${first}`);
    named.set(name, tensor);
  }
  return E.right({ ...rest, place: { ...place, good: place.good }, memory: { ...rest.memory }, tensors: named });
};

/**
 * Left of kind `run`: truncated, altered or forged; of kind `input`: intact, but of another version. The sentence continues after the file's name and
 * a colon.
 */
export const decodeCheckpoint = (bytes: Bytes): E.Either<Fault, Checkpoint> => {
  const whole = intact(bytes);
  if (E.isLeft(whole)) return whole;
  const file = decodeSafetensors(whole.right);
  if (E.isLeft(file)) return E.left(damaged(file.left.message));
  const { checkpoint: version } = file.right.metadata;
  return version === VERSION ? E.mapLeft(damaged)(contentOf(file.right)) : E.left(otherVersion(String(version)));
};
