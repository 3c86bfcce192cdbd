/**
 * The programs of a run, compiled once for each shape of level that the schedule visits. Not here: which programs these are, and how often each runs
 * (`src/plan`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Backend, BackendError, Executable } from '../../backend.js';
import type { SizedModel } from '../../model/family.js';
import { programKey, programOf } from '../../plan/programs.js';
import { type ModelWork, stepWork } from '../../plan/work.js';
import { addFlops, type Flops, noFlops, scaleFlops } from '../../program/types/flops.js';
import type { Setup } from '../../schedule/schedule.js';
import { Executables } from '../levels/executables.js';

/** The programs of a training step: one that sees the whole batch, or one for each microbatch and then one for the update. */
export type StepPrograms = readonly { readonly executable: Executable; readonly times: number }[];

export const flopsOfStep = (programs: StepPrograms): Flops =>
  programs.reduce((sum, { executable, times }) => addFlops(sum, scaleFlops(times, executable.flops)), noFlops);

export class RunPrograms {
  readonly executables: Executables;

  constructor(
    private readonly backend: Backend,
    private readonly model: SizedModel,
    private readonly setup: Setup,
  ) {
    this.executables = new Executables(backend);
  }

  get({ program, at }: Pick<ModelWork, 'program' | 'at'>): Promise<E.Either<BackendError, Executable>> {
    return this.executables.get(programKey(program, at), () => programOf(program, this.model, this.setup, at, this.backend.capabilities));
  }

  async step(at: ModelWork['at']): Promise<E.Either<BackendError, StepPrograms>> {
    const programs: { executable: Executable; times: number }[] = [];
    for (const work of stepWork(at)) {
      const executable = await this.get(work);
      if (E.isLeft(executable)) return executable;
      programs.push({ executable: executable.right, times: work.times });
    }
    return E.right(programs);
  }

  dispose(): void {
    this.executables.dispose();
  }
}
