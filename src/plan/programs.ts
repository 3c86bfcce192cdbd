/** The programs of a schedule on a level, and which of them are equal. Not here: tracing (`src/model`), how often they run (`work.ts`). */
import { match } from 'ts-pattern';
import type { Capabilities } from '../backend.js';
import type { SizedModel } from '../model/family.js';
import { evaluation, objective } from '../model/level-programs.js';
import { modelAt } from '../model/parameters.js';
import { gradientProgram, trainingStep, updateProgram } from '../model/training-step.js';
import type { Program } from '../program/program.js';
import { portableRewrites } from '../program/rewrite/index.js';
import { type Grid, gridKey } from '../schedule/grid.js';
import type { Setup } from '../schedule/schedule.js';
import type { StepPart } from '../schedule/walk/step-part.js';

export type ProgramKind = 'training-step' | 'gradient' | 'update' | 'evaluation' | 'tau' | 'line-search' | 'fit';

/** A level, and how it is trained. */
export type ProgramPlace = Grid & StepPart;

/** The treatment of documents, if a setup's data has any. */
const separateDocuments = ({ data }: Setup): 'separate' | undefined => (data.kind === 'text' ? data.documents : undefined);

/** What programs must know of the backend: the rewrites that it wants, and the number of ranks among which it divides a batch. */
export type TracedFor = Pick<Capabilities, 'rewrites' | 'ranks'>;

/** The number of sequences that a program sees at once. */
const sequencesOf = (setup: Setup, { batch = setup.batch, accumulate = 1 }: StepPart, ranks = 1): number => batch / accumulate / ranks;

export const programOf = (
  kind: ProgramKind,
  model: SizedModel,
  setup: Setup,
  shape: ProgramPlace,
  { rewrites, ranks }: TracedFor = { rewrites: portableRewrites },
): Program => {
  const sized = modelAt(model, shape);
  const sequences = sequencesOf(setup, shape, ranks);
  const seen = { rewrites, documents: separateDocuments(setup), ranks };
  const trained = { ...seen, recompute: setup.recompute };
  return match(kind)
    .with('training-step', () => trainingStep(sized, shape, sequences, setup.optimizer, trained))
    .with('gradient', () => gradientProgram(sized, shape, sequences, trained))
    .with('tau', 'fit', (what) => gradientProgram(sized, shape, sequences, trained, what))
    .with('update', () => updateProgram(sized, shape, setup.optimizer, seen))
    .with('evaluation', () => evaluation(sized, shape, sequences, seen))
    .with('line-search', () => objective(sized, shape, sequences, seen))
    .exhaustive();
};

/** Equal exactly where the programs are. */
export const programKey = (kind: ProgramKind, at: ProgramPlace): string => {
  const { trained, stochasticDepth, hasTau = false, accumulate = 1, batch, context } = at;
  const parts = {
    microbatches: ` of ${accumulate}`,
    batch: batch === undefined ? '' : ` batch ${batch}`,
    context: context === undefined ? '' : ` context ${context}`,
    tau: hasTau ? ' tau' : '',
    trained: trained === undefined ? '' : ` ${trained.shared} ${trained.layers.join()}`,
    depth: stochasticDepth === undefined ? '' : ' stochastic',
  };
  const told: Readonly<Record<ProgramKind, readonly (keyof typeof parts)[]>> = {
    'training-step': ['batch', 'context', 'trained', 'depth', 'tau'],
    gradient: ['microbatches', 'batch', 'context', 'trained', 'depth'],
    update: ['trained', 'tau'],
    evaluation: ['microbatches'],
    tau: ['microbatches'],
    'line-search': ['microbatches', 'tau'],
    fit: ['microbatches', 'trained'],
  };
  return [`${kind} ${gridKey(at)}`, ...told[kind].map((part) => parts[part])].join('');
};

/** The programs of one training step, and how often each runs. */
export const programsOfStep = ({ accumulate = 1 }: StepPart): readonly (readonly [kind: ProgramKind, times: number])[] =>
  accumulate === 1
    ? [['training-step', 1]]
    : [
        ['gradient', accumulate],
        ['update', 1],
      ];
