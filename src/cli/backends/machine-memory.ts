/** The memory that a process may have. */
import { totalmem } from 'node:os';

/** Bytes: the machine's, or fewer where its container may have no more. */
export const machineMemory = (): number => {
  const allowed = process.constrainedMemory() ?? 0;
  return allowed > 0 ? Math.min(allowed, totalmem()) : totalmem();
};
