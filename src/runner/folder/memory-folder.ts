/** A run folder in memory, where there is no disk (a browser) or none is wanted. Events are not kept, since the run's listeners receive them. */

import * as E from 'fp-ts/lib/Either.js';
import { type Bytes, copied } from '../../byte-pieces.js';
import { type Fault, runFault } from '../../fault.js';
import { isCheckpoint, RUN_FILES, type RunFolder, type RunPlace } from './run-folder.js';

export class MemoryFolder implements RunFolder, RunPlace {
  readonly path = 'memory';
  readonly failure = undefined;
  readonly #files = new Map<string, Uint8Array>();

  /** The files by their names, `model/config.json`. */
  get files(): ReadonlyMap<string, Uint8Array> {
    return this.#files;
  }

  isFree(): E.Either<Fault, void> {
    return this.#files.size === 0 ? E.right(undefined) : E.left(runFault('this folder in memory holds a run already; make another one'));
  }

  create(): E.Either<Fault, RunFolder> {
    return E.map(() => this)(this.isFree());
  }

  append(): E.Either<Fault, void> {
    return E.right(undefined);
  }

  write(name: string, data: Bytes | string): E.Either<Fault, void> {
    this.#files.set(name, typeof data === 'string' ? new TextEncoder().encode(data) : copied(data));
    return E.right(undefined);
  }

  read(name: string): E.Either<Fault, Uint8Array> {
    return E.fromNullable(runFault(`${name} is not in the run's folder`))(this.#files.get(name));
  }

  writeCheckpoint(name: string, data: Bytes): E.Either<Fault, void> {
    return this.write(name, data);
  }

  writeSummary(summary: (events: undefined) => string): E.Either<Fault, void> {
    return this.write(RUN_FILES.summary, summary(undefined));
  }

  keepNewestCheckpoints(count: number, others: readonly string[]): E.Either<Fault, void> {
    const prefix = `${RUN_FILES.checkpoints}/`;
    const names = [...this.#files.keys()].filter((name) => name.startsWith(prefix) && isCheckpoint(name.slice(prefix.length))).sort();
    for (const name of names.reverse().slice(count)) if (!others.includes(name)) this.#files.delete(name);
    return E.right(undefined);
  }

  close(): void {}

  abandon(): void {
    this.#files.clear();
  }
}
