/**
 * How a stopped run gets its model: the visits that would end its schedule at once. Every open level returns by its operator's own P, and every open
 * branch merges the arms that have begun. Not here: executing it (`src/runner`).
 */

import { defaults } from '../defaults.js';
import { gridOf } from '../grid.js';
import type { ProlongateStage } from '../schedule.js';
import { type LeafStage, printLeaf, type Visit } from './walk.js';

const back: ProlongateStage = { kind: 'prolongate', ...defaults.prolongate };

/** The restrictions and the first arms of branches that are open after some visits, the innermost last. */
export const openAfter = <V extends Visit>(visits: readonly V[]): readonly V[] => {
  const closed = new Set(visits.flatMap(({ stage, opener }) => (stage.kind === 'prolongate' || stage.kind === 'merge' ? [opener] : [])));
  return visits.filter(
    ({ index, stage }) => (stage.kind === 'restrict' || (stage.kind === 'arm' && stage.arm === 1)) && !closed.has(index),
  );
};

/** The number of arms of a branch that have begun. */
export const armsBegun = (visits: readonly Visit[], first: Visit): number =>
  1 + visits.filter(({ stage, opener }) => stage.kind === 'arm' && opener === first.index).length;

/**
 * @param visits the first visits of a walk, up to where the run is.
 * @returns the visits that lead from there to level 0 and out of all branches.
 */
export const closing = (visits: readonly Visit[]): readonly Visit[] => {
  const last = visits.at(-1);
  if (last === undefined) return [];
  const all = openAfter(visits);
  let from = gridOf(last);
  return [...all].reverse().map((opener, place): Visit => {
    const { stage: opened } = opener;
    const stage: LeafStage = opened.kind === 'arm' ? { kind: 'merge', arms: armsBegun(visits, opener), shared: opened.shared } : back;
    const to = opened.kind === 'arm' ? from : opener.from;
    const branches = all.slice(0, all.length - place).filter((each) => each.stage.kind === 'arm').length;
    const { at, firstStep, sinceTransfer } = last;
    const visit = {
      index: visits.length + place,
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
    };
    from = to;
    return visit;
  });
};
