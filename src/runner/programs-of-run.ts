/**
 * The programs of a run, compiled once for each shape of level that the schedule visits. Not here: tracing (`src/model`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { match } from 'ts-pattern';
import type { Backend, BackendError, Capabilities, Executable } from '../backend.js';
import type { SizedModel } from '../model/family.js';
import { modelAt } from '../model/parameters.js';
import { evaluation, objective } from '../model/programs.js';
import { gradientProgram, trainingStep, updateProgram } from '../model/training-step.js';
import { addFlops, type Flops, scaleFlops } from '../program/flops.js';
import type { Program } from '../program/program.js';
import { everyRewrite } from '../program/rewrite/index.js';
import type { Setup } from '../schedule/schedule.js';
import type { StepPart } from '../schedule/step-part.js';
import { gridKey, type LevelState } from '../schedule/walk.js';

export type ProgramKind = 'training-step' | 'gradient' | 'update' | 'evaluation' | 'tau' | 'line-search';

/** A level, and how it is trained. */
export type ProgramPlace = LevelState & StepPart;

/** Sequences that a program sees at once. */
const sequencesOf = ({ batch }: Setup, { accumulate = 1 }: StepPart): number => batch / accumulate;

/** @param rewrites those that the backend asks for. */
export const programOf = (
  kind: ProgramKind,
  model: SizedModel,
  setup: Setup,
  shape: ProgramPlace,
  rewrites: Capabilities['rewrites'] = everyRewrite,
): Program => {
  const sized = modelAt(model, shape);
  const sequences = sequencesOf(setup, shape);
  return match(kind)
    .with('training-step', () => trainingStep(sized, shape, setup.batch, setup.optimizer, rewrites))
    .with('gradient', () => gradientProgram(sized, shape, sequences, rewrites))
    .with('tau', () => gradientProgram(sized, shape, sequences, rewrites, 'tau'))
    .with('update', () => updateProgram(sized, shape, setup.optimizer))
    .with('evaluation', () => evaluation(sized, shape, sequences, rewrites))
    .with('line-search', () => objective(sized, shape, sequences, rewrites))
    .exhaustive();
};

/** Equal where the programs are. */
export const programKey = (kind: ProgramKind, at: ProgramPlace): string => {
  const { trained, stochasticDepth, hasTau = false, accumulate = 1 } = at;
  const parts = {
    microbatches: ` of ${accumulate}`,
    tau: hasTau ? ' tau' : '',
    trained: trained === undefined ? '' : ` ${trained.shared} ${trained.layers.join()}`,
    depth: stochasticDepth === undefined ? '' : ' stochastic',
  };
  const told: Readonly<Record<ProgramKind, readonly (keyof typeof parts)[]>> = {
    'training-step': ['trained', 'depth', 'tau'],
    gradient: ['microbatches', 'trained', 'depth'],
    update: ['trained', 'tau'],
    evaluation: ['microbatches'],
    tau: ['microbatches'],
    'line-search': ['microbatches', 'tau'],
  };
  return [`${kind} ${gridKey(at)}`, ...told[kind].map((part) => parts[part])].join('');
};

/** What one training step runs: each program, and how often. */
export const programsOfStep = ({ accumulate = 1 }: StepPart): readonly (readonly [kind: ProgramKind, times: number])[] =>
  accumulate === 1
    ? [['training-step', 1]]
    : [
        ['gradient', accumulate],
        ['update', 1],
      ];

/** The programs of a training step: one that sees the whole batch, or one a microbatch and one for the update. */
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
