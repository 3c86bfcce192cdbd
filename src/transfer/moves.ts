/**
 * What moves at each transfer of a schedule, counted by what becomes of the layers: for people who compare schedules. Pure, over a walk's
 * visits. Not here: the recipes (`recipe.ts`), merges (`branch-merges.ts`), words for it (`src/report`).
 */
import { match } from 'ts-pattern';
import type { CountersPolicy, MomentsPolicy, ProlongateStage } from '../schedule/schedule.js';
import { printGrowth, printOperator } from '../schedule/text/print.js';
import type { Visit } from '../schedule/walk.js';
import { mergesOf } from './branch-merges.js';
import { prolongationOf, type Transfer, transferOf } from './operators.js';
import { growthRecipes, prolongationRecipes, type Recipe, restrictionRecipes } from './recipe.js';

/** How many layers of the level after a transfer were made in which way. */
export interface Moved {
  /** Taken as they are. */
  readonly taken: number;
  /** Taken as they are, to a place that is not their own. */
  readonly copied: number;
  readonly combined: number;
  readonly corrected: number;
  /** Moved from where they stood by a share of the way to what comes. */
  readonly mixed: number;
  /** Left as they stood. */
  readonly kept: number;
  /** New layers that are the identity. */
  readonly identity: number;
  /** New layers with their initial values. */
  readonly initial: number;
}

export interface Move {
  /** Of the visit. */
  readonly index: number;
  /** Its text without options that say nothing of layers: `restrict(even)`, `prolongate(linear)`, `grow(stack(2))`, `merge(average)`. */
  readonly what: string;
  readonly layers: Moved;
  /** Whether embeddings, final norm and head change with it: between two widths, and where arms merge. */
  readonly shared: boolean;
  /** Left out where arms merge: that is their own rule. */
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
    identity: of('identity'),
    initial: of('initial'),
  };
};

const prolongation = ({ interpolation, correction, lineSearch }: ProlongateStage): string => {
  const said = [
    ...(correction.kind === 'total' ? [] : [`${correction.kind} ${correction.alpha}`]),
    ...(interpolation === 'own' ? [] : [interpolation]),
    ...(lineSearch === undefined ? [] : ['line search']),
  ];
  return said.length === 0 ? 'prolongate' : `prolongate(${said.join(', ')})`;
};

/**
 * Each transfer among the visits of a walk, in order; a branch of several arms has one at its end.
 *
 * @example
 * // over 4 layers: restrict(even) >> train(1) >> prolongate
 * movesOf(walk(schedule)).map(({ layers }) => [layers.taken, layers.kept]) // [[2, 0], [2, 2]]
 */
export const movesOf = (visits: readonly Visit[]): readonly Move[] => {
  const merges = mergesOf(visits);
  const open: Transfer[] = [];
  return visits.flatMap(({ index, op, stage, from }): readonly Move[] =>
    match(stage)
      .returnType<readonly Move[]>()
      .with({ kind: 'train' }, { kind: 'arm' }, () => [])
      .with({ kind: 'restrict' }, ({ operator, moments, counters, tau }) => {
        const transfer = transferOf(operator, from.layers);
        open.push(transfer);
        const layers = counted(restrictionRecipes(transfer.restriction));
        return [
          {
            index,
            what: `restrict(${printOperator(operator)}${tau === undefined ? '' : ', tau'})`,
            layers,
            shared: transfer.narrowing !== 1,
            policies: { moments, counters },
          },
        ];
      })
      .with({ kind: 'prolongate' }, (prolongate) => {
        const { interpolation, correction, moments, counters } = prolongate;
        const transfer = open.pop();
        if (transfer === undefined) throw new Error('the verifier lets no prolongation through on the finest level');
        const layers = counted(prolongationRecipes(prolongationOf(interpolation, transfer), transfer.restriction, correction));
        return [
          {
            index,
            what: prolongation(prolongate),
            layers,
            shared: transfer.narrowing !== 1,
            policies: { moments, counters },
          },
        ];
      })
      .with({ kind: 'grow' }, ({ growth, moments, counters }) => [
        {
          index,
          what: `grow(${printGrowth(growth)})`,
          layers: counted(growthRecipes(growth, from.layers)),
          shared: false,
          policies: { moments, counters },
        },
      ])
      .with({ kind: 'merge' }, ({ arms }) => {
        const merge = merges.get(index);
        if (merge === undefined) throw new Error('every merge has its recipes');
        return arms === 1 ? [] : [{ index, what: op, layers: counted(merge.layers), shared: merge.shared.kind !== 'keep' }];
      })
      .exhaustive(),
  );
};
