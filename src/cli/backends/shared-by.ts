/** Whether the ranks that a user asked for fit a schedule. */
import * as E from 'fp-ts/lib/Either.js';
import type { Fault } from '../../fault.js';
import { sharingFault } from '../../plan/shares-of-ranks.js';
import type { Schedule } from '../../schedule/schedule.js';
import type { BackendChoice } from './registry.js';

/**
 * Whether the ranks and arms of a choice can share what the schedule does: asked before the backend opens, which starts a process for each rank. Left:
 * why they cannot.
 */
export const sharedBy = ({ ranks = 1, place, branches }: BackendChoice, schedule: Schedule): E.Either<Fault, void> => {
  const sharing = { ranks: ranks * (place?.nodes ?? 1), ...(branches === 'parallel' ? { armsAtOnce: true as const } : {}) };
  const fault = sharingFault(schedule, sharing);
  return fault === undefined ? E.right(undefined) : E.left(fault);
};
