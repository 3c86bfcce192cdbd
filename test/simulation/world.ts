/** One machine: its disk, and processes that may die at any call to it. Not a test itself. */
import type { FileSystem } from '../../src/files/file-system.js';
import { watchedCalls } from '../faults/calls.js';
import { isLockPath, ofTheDead } from '../faults/dead-locks.js';
import { type Aftermath, type MemoryDisk, memoryDisk } from '../faults/memory-disk.js';

class Dead extends Error {}

export class Process {
  #dead = false;
  readonly #mourners: (() => void)[] = [];
  readonly #locks: string[] = [];
  /** The disk as this process sees it: once it is dead, every call throws, and changes nothing. */
  readonly files: FileSystem;

  /** @param lastCall the process dies instead of making this call; undefined: it lives until it has nothing left to do. */
  constructor(
    private readonly world: World,
    lastCall: number | undefined,
  ) {
    const files = watchedCalls(world.files, (call, count, act, [path, how]) => {
      if (!this.#dead) world.called();
      if (count === lastCall) this.kill();
      if (this.#dead) throw new Dead('a dead process makes no calls');
      if (call === 'open' && how === 'new' && isLockPath(String(path))) this.#locks.push(String(path));
      return act();
    });
    this.files = files;
  }

  get dead(): boolean {
    return this.#dead;
  }

  whenDead(then: () => void): void {
    this.#mourners.push(then);
  }

  kill(): void {
    if (this.#dead) return;
    this.#dead = true;
    this.world.bury(this.#locks);
    for (const then of this.#mourners) then();
  }
}

export interface PowerFailure {
  /** Calls to the disk, of all processes. */
  readonly afterCalls: number;
  readonly aftermath: Aftermath;
}

export class World {
  #disk: MemoryDisk = memoryDisk(new Map([['/home', null]]));
  #calls = 0;
  #processes: Process[] = [];
  readonly files: FileSystem = watchedCalls(
    () => this.#disk.files,
    (_call, _count, act) => act(),
  );

  constructor(private readonly failure: PowerFailure | undefined) {}

  begin(lastCall: number | undefined): Process {
    const process = new Process(this, lastCall);
    this.#processes.push(process);
    return process;
  }

  called(): void {
    this.#calls += 1;
    if (this.#calls !== this.failure?.afterCalls) return;
    this.#disk = memoryDisk(this.#disk.after(this.failure.aftermath));
    for (const process of this.#processes) process.kill();
    this.#processes = [];
  }

  /** Locks whose process has died. */
  bury(locks: readonly string[]): void {
    const { files } = this.#disk;
    for (const path of locks) {
      const size = files.follow(path)?.size;
      if (size === undefined) continue;
      const bytes = new Uint8Array(size);
      const file = files.open(path, 'append');
      files.read(file, bytes, 0);
      files.truncate(file, 0);
      files.write(file, ofTheDead(bytes), 0);
      files.close(file);
    }
  }
}
