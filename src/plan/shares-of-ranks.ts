/**
 * Arms of a branch that run at once: which share of the ranks each has, and why a schedule's arms cannot. Only outermost branches divide the ranks;
 * branches in their arms run arm by arm. Not here: running them (`src/runner/arms`).
 */
import type { Capabilities } from '../backend.js';
import { type Fault, inputFault } from '../fault.js';
import type { Setup } from '../schedule/schedule.js';
import { inStage, inside } from '../schedule/sentences.js';
import { type OutermostBranch, severalArms } from '../schedule/walk/outermost-branches.js';
import type { Visit } from '../schedule/walk/walk.js';

type Sharing = Pick<Capabilities, 'ranks' | 'armsAtOnce'>;

const isWithin = ({ index }: Visit, { arms: [first = 0], merge }: OutermostBranch): boolean => index > first && index < merge;

/** The number of ranks on which each visit runs: in arms that run at once their share, elsewhere all. */
export const ranksAt = (visits: readonly Visit[], { ranks, armsAtOnce }: Sharing): ((visit: Visit) => number | undefined) => {
  if (ranks === undefined || armsAtOnce === undefined) return () => ranks;
  const branches = severalArms(visits);
  return (visit) => {
    const branch = branches.find((each) => isWithin(visit, each));
    const share = ranks / (branch?.arms.length ?? 1);
    return share === 1 ? undefined : share;
  };
};

/** Why the arms of this schedule cannot run at once, if they are to. */
export const armsFault = (visits: readonly Visit[], { onSpike }: Setup, { ranks = 1, armsAtOnce }: Sharing): Fault | undefined => {
  if (armsAtOnce === undefined) return undefined;
  const branches = severalArms(visits);
  const fault = (visit: Visit | undefined, why: string): Fault =>
    inputFault(visit === undefined ? why : inStage(visit.at, inside(visit.op, why)));
  if (branches.length === 0)
    return fault(undefined, 'arms run at once where a branch has several, and no branch of this pipeline has; let arms run in turn');
  if (onSpike !== undefined)
    return fault(
      undefined,
      'with onSpike the number of steps that an arm takes is known only when it ends, and arms at once must know where each begins; leave out onSpike, or let arms run in turn',
    );
  for (const branch of branches) {
    const many = branch.arms.length;
    if (ranks > 1 && ranks % many !== 0)
      return fault(
        visits[branch.merge],
        `the ${many} arms of a branch share the ranks, and must divide them (were ${ranks}); change one of the two`,
      );
    const early = visits.find((visit) => isWithin(visit, branch) && visit.stage.kind === 'train' && visit.stage.until !== undefined);
    if (early !== undefined)
      return fault(
        early,
        'the number of its steps is known only when it ends, and arms at once must know where each begins; leave out that end, or let arms run in turn',
      );
  }
  const after = branches[0]?.merge ?? 0;
  const compared = visits.find(({ index, stage }) => index > after && stage.kind === 'train' && stage.until?.kind === 'slopeBelow');
  return compared === undefined
    ? undefined
    : fault(
        compared,
        'it compares its slope with that of a stage before it, which arms at once have in no order; leave out one of the two',
      );
};
