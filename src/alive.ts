/** Whether a process of this machine is running. Not here: whether it is the one that was meant (`runner/folder/process-identity.ts`). */
import { codeOf } from './thrown.js';

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process may not be signalled, but exists.
    return codeOf(error) === 'EPERM';
  }
};
