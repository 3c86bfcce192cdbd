/**
 * How a run that stops comes to its model: what would end its schedule at once. Every open level comes back its operator's own way, and every
 * open branch merges the arms that it has. Not here: doing it (`src/runner`).
 */
import { match, P } from 'ts-pattern';
import type { ProlongateStage, SharedPolicy } from './schedule.js';
import { defaults } from './text/index.js';
import { gridOf, type LeafStage, type LevelState, printLeaf, type Visit } from './walk.js';

/** What has been opened and must be closed: a level, or a branch with the arms that have begun. */
type Open =
  | { readonly kind: 'level'; readonly finer: LevelState }
  | { readonly kind: 'branch'; arms: number; readonly shared: SharedPolicy };

const back: ProlongateStage = { kind: 'prolongate', ...defaults.prolongate };

/** What is open after some visits, the innermost last. */
const openAfter = (visits: readonly Visit[]): readonly Open[] => {
  const open: Open[] = [];
  for (const { stage, from } of visits)
    match(stage)
      .with({ kind: 'restrict' }, () => {
        open.push({ kind: 'level', finer: from });
      })
      .with({ kind: 'arm' }, ({ arm, shared }) => {
        const innermost = open.at(-1);
        if (arm === 1) open.push({ kind: 'branch', arms: 1, shared });
        else if (innermost?.kind === 'branch') innermost.arms = arm;
      })
      .with({ kind: P.union('prolongate', 'merge') }, () => {
        open.pop();
      })
      .with({ kind: P.union('train', 'grow') }, () => undefined)
      .exhaustive();
  return open;
};

/**
 * @param visits the first visits of a walk, up to where the run stands.
 * @returns the visits that lead from there to level 0 and out of all branches.
 */
export const closing = (visits: readonly Visit[]): readonly Visit[] => {
  const last = visits.at(-1);
  if (last === undefined) return [];
  const all = openAfter(visits);
  let from = gridOf(last);
  return [...all].reverse().map((open, place): Visit => {
    const stage: LeafStage = open.kind === 'level' ? back : { kind: 'merge', arms: open.arms, shared: open.shared };
    const to = open.kind === 'level' ? open.finer : from;
    const branches = all.slice(0, all.length - place).filter(({ kind }) => kind === 'branch').length;
    const { at, firstStep, sinceTransfer } = last;
    const index = visits.length + place;
    const visit = {
      index,
      stage,
      at,
      op: printLeaf(stage),
      ...to,
      from,
      branches,
      firstStep,
      sinceTransfer,
      hasTau: false,
      searched: false,
    };
    from = to;
    return visit;
  });
};
