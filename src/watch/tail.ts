/**
 * Follows the lines appended to a file. A file that was truncated and rewritten (a resumed run) is recognised by the bytes before the last
 * reading position, and read again from the beginning.
 */
import type { FileSystem } from '../files/file-system.js';
import { readAt, withFile } from '../files/read.js';

/** The number of bytes before the reading position that must be unchanged. Events contain their times, so no two lines are equal. */
const REMEMBERED = 256;
const NEWLINE = 10;

export interface Lines {
  /** All earlier lines are void. */
  readonly restarted: boolean;
  readonly lines: readonly string[];
}

export class Tail {
  #offset = 0;
  #before: Uint8Array = new Uint8Array();

  constructor(
    private readonly files: FileSystem,
    private readonly path: string,
  ) {}

  /** Throws the system's error: the file may have been removed. */
  read(): Lines {
    return withFile(this.files, this.path, (file, { size }) => {
      const restarted = !this.#isWhereItWas(file, size);
      if (restarted) this.#offset = 0;
      const bytes = readAt(this.files, file, this.#offset, size - this.#offset);
      // A line without a line break is still being written.
      const whole = bytes.subarray(0, bytes.lastIndexOf(NEWLINE) + 1);
      this.#offset += whole.length;
      this.#before = readAt(this.files, file, Math.max(0, this.#offset - REMEMBERED), Math.min(this.#offset, REMEMBERED));
      return { restarted, lines: new TextDecoder().decode(whole).split('\n').slice(0, -1) };
    });
  }

  #isWhereItWas(file: number, size: number): boolean {
    if (size < this.#offset) return false;
    const now = readAt(this.files, file, this.#offset - this.#before.length, this.#before.length);
    return now.length === this.#before.length && now.every((byte, index) => byte === this.#before[index]);
  }
}
