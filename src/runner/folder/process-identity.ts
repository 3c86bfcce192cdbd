/**
 * Which process wrote something, and whether it still runs. A process number alone is not enough, since numbers are reused; so where the system
 * provides it (Linux) the number comes with the time at which that process began.
 */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { isAlive } from '../../alive.js';
import { isLater, ownAttempt, type TaskAttempt } from '../../queue-task.js';

export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** Distinguishes processes with the same number; absent where the system does not provide it. */
  readonly began?: string;
  /** Of the queue that started it. */
  readonly attempt?: TaskAttempt;
}

const text = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // No such process, or no such file system.
    return undefined;
  }
};

/**
 * Field 22 of /proc/PID/stat is the start in clock ticks since boot; the second field, a name in parentheses, may contain spaces. A process that has
 * ended but has not been reaped yet (state Z) writes nothing any more.
 */
const beganAt = (pid: number): string | undefined => {
  const stat = text(`/proc/${pid}/stat`);
  const boot = text('/proc/sys/kernel/random/boot_id');
  const [state = '', ...fields] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  const ticks = fields[18];
  return boot === undefined || ticks === undefined || /^[ZX]/.test(state) ? undefined : `${boot.trim()} ${ticks}`;
};

export const thisProcess = (): ProcessIdentity => {
  const began = beganAt(process.pid);
  const attempt = ownAttempt(process.env);
  return {
    pid: process.pid,
    host: hostname(),
    ...(began === undefined ? {} : { began }),
    ...(attempt === undefined ? {} : { attempt }),
  };
};

/** Undefined where it cannot be known, for a process on another machine that is no earlier attempt of this task. */
export const isRunning = ({ pid, host, began, attempt }: ProcessIdentity): boolean | undefined => {
  const own = ownAttempt(process.env);
  if (host !== hostname()) return attempt !== undefined && own !== undefined && isLater(attempt, own) ? false : undefined;
  return isAlive(pid) && (began === undefined || began === beganAt(pid));
};
