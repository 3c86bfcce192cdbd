/**
 * The lines that come to a file, as they come. A file that was cut and written on (a resumed run) is noticed by what precedes the place
 * that was read last, and read again from its beginning.
 */
import type { FileSystem } from '../files/file-system.js';
import { readAt, withFile } from '../files/read.js';

/** Bytes before the reading place that must still be what they were. Events hold their times, so no two lines are alike. */
const REMEMBERED = 256;
const NEWLINE = 10;

export interface Lines {
  /** Everything that came before is void. */
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

  /** Throws what the system throws: the file may have gone. */
  read(): Lines {
    return withFile(this.files, this.path, (file, { size }) => {
      const restarted = !this.#isWhereItWas(file, size);
      if (restarted) this.#offset = 0;
      const bytes = readAt(this.files, file, this.#offset, size - this.#offset);
      // What has no line break yet is not yet written to its end.
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
