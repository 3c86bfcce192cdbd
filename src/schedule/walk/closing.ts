/**
 * How a stopped run gets its model: the visits that would end its schedule at once. Every open level returns by its operator's own P, and every open
 * branch merges the arms that have begun. Not here: executing it (`src/runner`).
 */

import { defaults } from '../defaults.js';
import { gridOf } from '../grid.js';
import type { ProlongateStage } from '../schedule.js';
import type { Round } from './replicas.js';
import { type ArmStart, closesBranch, type LeafStage, type Merge, opensBranch, printLeaf, type Visit } from './walk.js';

const back: ProlongateStage = { kind: 'prolongate', ...defaults.prolongate };

/** The restrictions and the first arms of branches that are open after some visits, the innermost last. */
export const openAfter = <V extends Visit>(visits: readonly V[]): readonly V[] => {
  const closed = new Set(visits.flatMap(({ stage, opener }) => (stage.kind === 'prolongate' || closesBranch(stage) ? [opener] : [])));
  return visits.filter(({ index, stage }) => (stage.kind === 'restrict' || opensBranch(stage)) && !closed.has(index));
};

/** The arms of a branch that have begun; of replicas, those of the present round. */
const begunArms = (visits: readonly Visit[], first: Visit): readonly ArmStart[] => {
  const own = visits.flatMap(({ index, stage, opener }) => (index === first.index || opener === first.index ? [stage] : []));
  const round = own.slice(own.findLastIndex(({ kind }) => kind === 'merge') + 1);
  return round.flatMap((stage) => (stage.kind === 'arm' ? [stage] : []));
};

/** Their number. */
export const armsBegun = (visits: readonly Visit[], first: Visit): number => begunArms(visits, first).length;

/** The round of replicas that has begun, of which this is the first arm of all. */
export const roundBegun = (visits: readonly Visit[], first: Visit): Round | undefined => begunArms(visits, first).at(-1)?.round;

/** The merge of the arms that have begun. Replicas between two rounds are merged already: undefined. */
const mergeOf = (visits: readonly Visit[], opener: Visit, { shared }: ArmStart): Merge | undefined => {
  const arms = begunArms(visits, opener);
  const round = arms.at(-1)?.round;
  if (arms.length === 0) return undefined;
  return { kind: 'merge', arms: arms.length, shared, ...(round === undefined ? {} : { round: { ...round, rounds: round.round } }) };
};

/**
 * @param visits the first visits of a walk, up to where the run is.
 * @returns the visits that lead from there to level 0 and out of all branches.
 */
export const closing = (visits: readonly Visit[]): readonly Visit[] => {
  const last = visits.at(-1);
  if (last === undefined) return [];
  const all = openAfter(visits);
  let from = gridOf(last);
  const closers: Visit[] = [];
  for (const [place, opener] of [...all].reverse().entries()) {
    const { stage: opened } = opener;
    const stage: LeafStage | undefined = opened.kind === 'arm' ? mergeOf(visits, opener, opened) : back;
    if (stage === undefined) continue;
    const to = opened.kind === 'arm' ? from : opener.from;
    const branches = all.slice(0, all.length - place).filter((each) => each.stage.kind === 'arm').length;
    const { at, firstStep, sinceTransfer } = last;
    closers.push({
      index: visits.length + closers.length,
      stage,
      at,
      op: printLeaf(stage),
      ...to,
      from,
      branches,
      opener: opener.index,
      firstStep,
      sinceTransfer,
      hasTau: false,
      searched: false,
    });
    from = to;
  }
  return closers;
};
