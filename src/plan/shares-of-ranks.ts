/**
 * What ranks share: each batch, of which they take equal parts, and the arms of a branch that run at once, of which each has a share of the ranks; and why
 * a schedule's batches or arms cannot be shared. Only outermost branches divide the ranks; branches in their arms run arm by arm. Not here: running them
 * (`src/runner/arms`).
 */
import type { Capabilities } from '../backend.js';
import { type Fault, inputFault } from '../fault.js';
import type { Schedule, Setup } from '../schedule/schedule.js';
import { inStage, inside } from '../schedule/sentences.js';
import { type OutermostBranch, severalArms } from '../schedule/walk/outermost-branches.js';
import type { Visit } from '../schedule/walk/walk.js';
import { resolve } from '../transfer/resolve.js';

export type Sharing = Pick<Capabilities, 'ranks' | 'armsAtOnce'>;

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

/** A fault of this visit, or of all. */
const faultAt = (visit: Visit | undefined, why: string): Fault =>
  inputFault(visit === undefined ? why : inStage(visit.at, inside(visit.op, why)));

/** The fault of ranks that cannot take equal parts of what one program would see. */
const unequalRanks = (visits: readonly Visit[], setup: Setup, { ranks = 1 }: Sharing): Fault | undefined => {
  const unequal = ({ batch = setup.batch, accumulate = 1 }: Pick<Visit, 'batch' | 'accumulate'>): string | undefined => {
    if ((batch / accumulate) % ranks === 0) return undefined;
    const what =
      accumulate === 1 ? `the batch ${batch}` : `a microbatch of ${batch / accumulate} (batch ${batch}, accumulate ${accumulate})`;
    return `the number of ranks must divide ${what} (was ${ranks}); change one of them`;
  };
  const ofSetup = unequal(setup);
  if (ofSetup !== undefined) return faultAt(undefined, ofSetup);
  for (const visit of visits) {
    const ofVisit = unequal(visit);
    if (ofVisit !== undefined) return faultAt(visit, ofVisit);
  }
  return undefined;
};

/** Why the arms of this schedule cannot run at once, if they are to. */
const armsFault = (visits: readonly Visit[], { onSpike }: Setup, { ranks = 1, armsAtOnce }: Sharing): Fault | undefined => {
  if (armsAtOnce === undefined) return undefined;
  const branches = severalArms(visits);
  if (branches.length === 0)
    return faultAt(undefined, 'arms run at once where a branch has several, and no branch of this pipeline has; let arms run in turn');
  if (onSpike !== undefined)
    return faultAt(
      undefined,
      'with onSpike the number of steps that an arm takes is known only when it ends, and arms at once must know where each begins; leave out onSpike, or let arms run in turn',
    );
  for (const branch of branches) {
    const many = branch.arms.length;
    if (ranks > 1 && ranks % many !== 0)
      return faultAt(
        visits[branch.merge],
        `the ${many} arms of a branch share the ranks, and must divide them (were ${ranks}); change one of the two`,
      );
    const early = visits.find((visit) => isWithin(visit, branch) && visit.stage.kind === 'train' && visit.stage.until !== undefined);
    if (early !== undefined)
      return faultAt(
        early,
        'the number of its steps is known only when it ends, and arms at once must know where each begins; leave out that end, or let arms run in turn',
      );
  }
  const after = branches[0]?.merge ?? 0;
  const compared = visits.find(({ index, stage }) => index > after && stage.kind === 'train' && stage.until?.kind === 'slopeBelow');
  return compared === undefined
    ? undefined
    : faultAt(
        compared,
        'it compares its slope with that of a stage before it, which arms at once have in no order; leave out one of the two',
      );
};

/** Why ranks, or arms at once, cannot share what this schedule does. @param visits those of the schedule, if they are at hand. */
export const sharingFault = (schedule: Schedule, sharing: Sharing, visits?: readonly Visit[]): Fault | undefined => {
  if ((sharing.ranks ?? 1) === 1 && sharing.armsAtOnce === undefined) return undefined;
  const all = visits ?? resolve(schedule);
  return unequalRanks(all, schedule.setup, sharing) ?? armsFault(all, schedule.setup, sharing);
};
