/** Processes, as Linux tells of them in /proc. Not a test itself. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Whether a process runs: a zombie does not. */
export const runs = (pid: number): boolean =>
  existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));

export const childrenOf = (pid: number): readonly number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((each) => {
      try {
        return new RegExp(`^PPid:\\s+${pid}$`, 'm').test(readFileSync(`/proc/${each}/status`, 'utf8'));
      } catch {
        // It has ended meanwhile, or is no process.
        return false;
      }
    });
