/**
 * The programs of a run, compiled once for each shape of level that the schedule visits. Not here: which programs these are (`src/plan/programs.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Backend, BackendError, Executable } from '../../backend.js';
import type { SizedModel } from '../../model/family.js';
import { type ProgramKind, type ProgramPlace, programKey, programOf } from '../../plan/programs.js';
import { addFlops, type Flops, scaleFlops } from '../../program/types/flops.js';
import type { Setup } from '../../schedule/schedule.js';

/** The programs of a training step: one that sees the whole batch, or one for each microbatch and one for the update. */
export type StepPrograms =
  | { readonly kind: 'whole'; readonly step: Executable }
  | { readonly kind: 'accumulated'; readonly gradient: Executable; readonly update: Executable; readonly microbatches: number };

export const flopsOfStep = (programs: StepPrograms): Flops =>
  programs.kind === 'whole'
    ? programs.step.flops
    : addFlops(scaleFlops(programs.microbatches, programs.gradient.flops), programs.update.flops);

export class RunPrograms {
  readonly #compiled = new Map<string, Executable>();

  constructor(
    private readonly backend: Backend,
    private readonly model: SizedModel,
    private readonly setup: Setup,
  ) {}

  async get(kind: ProgramKind, at: ProgramPlace): Promise<E.Either<BackendError, Executable>> {
    const key = programKey(kind, at);
    const known = this.#compiled.get(key);
    if (known !== undefined) return E.right(known);
    const compiled = await this.backend.compile(programOf(kind, this.model, this.setup, at, this.backend.capabilities.rewrites))();
    if (E.isRight(compiled)) this.#compiled.set(key, compiled.right);
    return compiled;
  }

  async step(at: ProgramPlace): Promise<E.Either<BackendError, StepPrograms>> {
    const { accumulate = 1 } = at;
    if (accumulate === 1) return E.map((step: Executable): StepPrograms => ({ kind: 'whole', step }))(await this.get('training-step', at));
    const gradient = await this.get('gradient', at);
    if (E.isLeft(gradient)) return gradient;
    const update = await this.get('update', at);
    if (E.isLeft(update)) return update;
    return E.right({ kind: 'accumulated', gradient: gradient.right, update: update.right, microbatches: accumulate });
  }

  dispose(): void {
    for (const executable of this.#compiled.values()) executable.dispose();
    this.#compiled.clear();
  }
}
