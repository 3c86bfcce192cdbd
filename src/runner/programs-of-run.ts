/**
 * The programs of a run, compiled once for each shape of level that the schedule visits. Not here: tracing (`src/model/programs.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Backend, BackendError, Executable } from '../backend.js';
import type { SizedModel } from '../model/parameters.js';
import { evaluation, trainingStep } from '../model/programs.js';
import type { Program } from '../program/program.js';
import type { Setup } from '../schedule/schedule.js';
import { gridKey, type LevelState } from '../schedule/walk.js';

export type ProgramKind = 'training-step' | 'evaluation';

export const programOf = (kind: ProgramKind, model: SizedModel, setup: Setup, { layers, heads, width, h }: LevelState): Program =>
  kind === 'training-step'
    ? trainingStep({ ...model, heads, width }, { layers, h }, setup.batch, setup.optimizer)
    : evaluation({ ...model, heads, width }, { layers, h }, setup.batch);

export class RunPrograms {
  readonly #compiled = new Map<string, Executable>();

  constructor(
    private readonly backend: Backend,
    private readonly model: SizedModel,
    private readonly setup: Setup,
  ) {}

  async get(kind: ProgramKind, level: LevelState): Promise<E.Either<BackendError, Executable>> {
    const key = `${kind} ${gridKey(level)}`;
    const known = this.#compiled.get(key);
    if (known !== undefined) return E.right(known);
    const compiled = await this.backend.compile(programOf(kind, this.model, this.setup, level))();
    if (E.isRight(compiled)) this.#compiled.set(key, compiled.right);
    return compiled;
  }

  dispose(): void {
    for (const executable of this.#compiled.values()) executable.dispose();
    this.#compiled.clear();
  }
}
