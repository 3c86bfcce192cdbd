/** Whether a process of this machine is running. Not here: whether it is the one that was meant (`runner/folder/process-identity.ts`). */
import { codeOf } from './thrown.js';

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process may not be signalled, but is there.
    return codeOf(error) === 'EPERM';
  }
};
