/**
 * What moves at each transfer of a schedule, counted by what is done with the layers, for people who compare schedules. Not here: the recipes
 * (`resolve.ts`), words for it (`src/report`).
 */
import { match, P } from 'ts-pattern';
import { printGrowth, printOperator } from '../schedule/print/stages.js';
import type { CountersPolicy, MomentsPolicy, ProlongateStage } from '../schedule/schedule.js';
import type { Visit } from '../schedule/walk/walk.js';
import type { Recipe } from './recipe.js';
import type { ResolvedVisit } from './resolved.js';

/** The number of layers after a transfer, by how they were made. */
export interface Moved {
  /** Taken unchanged. */
  readonly taken: number;
  /** Taken unchanged, to an additional position. */
  readonly copied: number;
  readonly combined: number;
  readonly corrected: number;
  /** Moved by a share of the way from the existing to the incoming values. */
  readonly mixed: number;
  /** Left unchanged. */
  readonly kept: number;
  /** Taken, each with more heads and units. */
  readonly widened: number;
  /** New layers that are the identity. */
  readonly identity: number;
  /** New layers with their initial values. */
  readonly initial: number;
}

export interface Move {
  /** Of the visit. */
  readonly index: number;
  /** Its text without options that do not concern layers: `restrict(even)`, `prolongate(linear)`, `grow(stack(2))`, `merge(average)`. */
  readonly what: string;
  readonly layers: Moved;
  /** Whether embeddings, final norm and head change with it: between widths, and where arms merge. */
  readonly shared: boolean;
  /** Absent where arms merge, which has a rule of its own. */
  readonly policies?: { readonly moments: MomentsPolicy; readonly counters: CountersPolicy };
}

const wayOf = (recipe: Recipe): keyof Moved =>
  match(recipe)
    .returnType<keyof Moved>()
    .with({ kind: 'take' }, ({ fresh }) => (fresh ? 'copied' : 'taken'))
    .with({ kind: 'combine' }, () => 'combined')
    .with({ kind: 'correct' }, () => 'corrected')
    .with({ kind: 'mix' }, () => 'mixed')
    .with({ kind: 'keep' }, () => 'kept')
    .with({ kind: 'identity' }, () => 'identity')
    .with({ kind: 'initial' }, ({ identity }) => (identity ? 'identity' : 'initial'))
    .exhaustive();

const counted = (recipes: readonly Recipe[]): Moved => {
  const ways = recipes.map(wayOf);
  const of = (way: keyof Moved): number => ways.filter((each) => each === way).length;
  return {
    taken: of('taken'),
    copied: of('copied'),
    combined: of('combined'),
    corrected: of('corrected'),
    mixed: of('mixed'),
    kept: of('kept'),
    widened: 0,
    identity: of('identity'),
    initial: of('initial'),
  };
};

const prolongation = ({ interpolation, correction, lineSearch, fit }: ProlongateStage): string => {
  const said = [
    ...(correction.kind === 'total' ? [] : [`${correction.kind} ${correction.alpha}`]),
    ...(interpolation === 'own' ? [] : [interpolation]),
    ...(lineSearch === undefined ? [] : ['line search']),
    ...(fit === undefined ? [] : ['fit']),
  ];
  return said.length === 0 ? 'prolongate' : `prolongate(${said.join(', ')})`;
};

/** The stage's text without options that do not concern layers. */
const whatOf = ({ stage, op }: Visit): string =>
  match(stage)
    .with({ kind: 'restrict' }, ({ operator, tau }) => `restrict(${printOperator(operator)}${tau === undefined ? '' : ', tau'})`)
    .with({ kind: 'prolongate' }, prolongation)
    .with(
      { kind: 'grow' },
      ({ growth, way, fit }) =>
        `grow(${[printGrowth(growth), ...(way === undefined ? [] : [way]), ...(fit === undefined ? [] : ['fit'])].join(', ')})`,
    )
    .with({ kind: P.union('train', 'evaluate', 'arm', 'merge') }, () => op)
    .exhaustive();

/**
 * Each transfer of a schedule, in order; a branch of several arms has one at its end.
 *
 * @example
 * // over 4 layers: restrict(even) >> train(1) >> prolongate
 * movesOf(resolve(schedule)).map(({ layers }) => [layers.taken, layers.kept]) // [[2, 0], [2, 2]]
 */
export const movesOf = (visits: readonly ResolvedVisit[]): readonly Move[] =>
  visits.flatMap((visit): readonly Move[] => {
    const { index, stage, transfer } = visit;
    if (transfer === undefined || (stage.kind === 'merge' && stage.arms === 1)) return [];
    if (transfer.kind === 'outer')
      return [{ index, what: whatOf(visit), layers: { ...counted([]), combined: transfer.at.layers }, shared: true }];
    const { taken, ...others } = counted(transfer.layers.recipes);
    const widens = transfer.kind === 'grow' && transfer.width !== undefined;
    const move = { index, what: whatOf(visit), layers: { ...others, ...(widens ? { taken: 0, widened: taken } : { taken }) } };
    if (transfer.kind === 'merge') return [{ ...move, shared: transfer.shared.recipes.some(({ kind }) => kind !== 'keep') }];
    const policies = 'moments' in stage ? { moments: stage.moments, counters: stage.counters } : undefined;
    return [{ ...move, shared: transfer.width !== undefined, ...(policies === undefined ? {} : { policies }) }];
  });
