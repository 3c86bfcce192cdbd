/** The branches of a walk that lie in no other branch, with their arms. Not here: what an arm does (`walk.ts`), replicas (`replicas.ts`). */
import type { Visit } from './walk.js';

/** By indices of visits. */
export interface OutermostBranch {
  /** Where each arm begins: the visit of kind `arm`. */
  readonly arms: readonly number[];
  /** The visit that merges the arms. */
  readonly merge: number;
}

/**
 * @example
 * outermostBranches(walk(pipeline(setup, branch(train(1), train(2)), train(3)))) // [{ arms: [0, 2], merge: 4 }]
 */
export const outermostBranches = (visits: readonly Visit[]): readonly OutermostBranch[] => {
  const found: OutermostBranch[] = [];
  let arms: number[] = [];
  for (const { index, stage, branches } of visits) {
    if (branches !== 1 || ('round' in stage && stage.round !== undefined)) continue;
    if (stage.kind === 'arm') arms.push(index);
    if (stage.kind !== 'merge') continue;
    found.push({ arms, merge: index });
    arms = [];
  }
  return found;
};

/** Those with more than one arm: a single arm is no other thing than its stages. */
export const severalArms = (visits: readonly Visit[]): readonly OutermostBranch[] =>
  outermostBranches(visits).filter(({ arms }) => arms.length > 1);
