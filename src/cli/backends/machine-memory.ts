/** The memory that a process may use. */
import { totalmem } from 'node:os';

/** Bytes: the machine's memory, or the container's limit if that is lower. */
export const machineMemory = (): number => {
  const allowed = process.constrainedMemory() ?? 0;
  return allowed > 0 ? Math.min(allowed, totalmem()) : totalmem();
};
