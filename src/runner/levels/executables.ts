/** Programs that were compiled, each once. Not here: which they are (`src/plan/work.ts`), running them. */
import * as E from 'fp-ts/lib/Either.js';
import type { Backend, BackendError, Executable } from '../../backend.js';
import type { Program } from '../../program/program.js';
import type { Flops } from '../../program/types/flops.js';

export class Executables {
  readonly #compiled = new Map<string, Executable>();

  constructor(private readonly backend: Backend) {}

  /** @param key equal where the programs are. */
  async get(key: string, program: () => Program): Promise<E.Either<BackendError, Executable>> {
    const known = this.#compiled.get(key);
    if (known !== undefined) return E.right(known);
    const compiled = await this.backend.compile(program())();
    if (E.isRight(compiled)) this.#compiled.set(key, compiled.right);
    return compiled;
  }

  /** Of a program that has run. */
  flopsOf(key: string): Flops {
    const executable = this.#compiled.get(key);
    if (executable === undefined) throw new Error(`${key} was counted and did not run`);
    return executable.flops;
  }

  dispose(): void {
    for (const executable of this.#compiled.values()) executable.dispose();
    this.#compiled.clear();
  }
}
