/**
 * The programs of a run, compiled once for each shape of level that the schedule visits. Not here: tracing (`src/model/programs.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { match } from 'ts-pattern';
import type { Backend, BackendError, Executable } from '../backend.js';
import type { SizedModel } from '../model/parameters.js';
import { evaluation, gradientSum, objective, trainingStep } from '../model/programs.js';
import type { Program } from '../program/program.js';
import type { Setup } from '../schedule/schedule.js';
import type { StepPart } from '../schedule/step-part.js';
import { gridKey, type LevelState } from '../schedule/walk.js';

export type ProgramKind = 'training-step' | 'gradient-sum' | 'evaluation' | 'line-search';

export const programOf = (
  kind: ProgramKind,
  model: SizedModel,
  setup: Setup,
  { heads, width, ...shape }: LevelState & StepPart,
): Program => {
  const sized = { ...model, heads, width };
  return match(kind)
    .with('training-step', () => trainingStep(sized, shape, setup.batch, setup.optimizer))
    .with('gradient-sum', () => gradientSum(sized, shape, setup.batch))
    .with('evaluation', () => evaluation(sized, shape, setup.batch))
    .with('line-search', () => objective(sized, shape, setup.batch))
    .exhaustive();
};

/** Equal where the programs are. */
export const programKey = (kind: ProgramKind, at: LevelState & StepPart): string => {
  const level = `${kind} ${gridKey(at)}`;
  const tau = at.hasTau === true ? ' tau' : '';
  return match(kind)
    .with('evaluation', 'gradient-sum', () => level)
    .with('line-search', () => `${level}${tau}`)
    .with('training-step', () => {
      const { trained, stochasticDepth } = at;
      const part = trained === undefined ? '' : ` ${trained.shared} ${trained.layers.join()}`;
      return `${level}${part}${stochasticDepth === undefined ? '' : ' stochastic'}${tau}`;
    })
    .exhaustive();
};

export class RunPrograms {
  readonly #compiled = new Map<string, Executable>();

  constructor(
    private readonly backend: Backend,
    private readonly model: SizedModel,
    private readonly setup: Setup,
  ) {}

  async get(kind: ProgramKind, level: LevelState & StepPart): Promise<E.Either<BackendError, Executable>> {
    const key = programKey(kind, level);
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
