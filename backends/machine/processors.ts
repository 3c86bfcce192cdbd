/**
 * The processors that this process may use: those in its affinity (taskset, Slurm, a container's cpuset), at most as many as the quota of its control
 * groups allows. Runtimes look at the machine instead: ONNX Runtime starts a thread for each of its cores, pinned to it, even if the process may not
 * use it.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, posix } from 'node:path';

/** The text of a system file; undefined where it cannot be read. */
export type ReadFile = (path: string) => string | undefined;

const readFile: ReadFile = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Not Linux, or not readable: such a file limits nothing.
    return undefined;
  }
};

/**
 * The numbers of a list as Linux writes them.
 *
 * @example
 * numbersIn('0-2,5') // [0, 1, 2, 5]
 */
export const numbersIn = (list: string): readonly number[] =>
  list
    .trim()
    .split(',')
    .filter(Boolean)
    .flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });

/** A hierarchy of control groups that may limit processors: where it is mounted, the group at its mount point, and how its quotas are read. */
interface Hierarchy {
  readonly mount: string;
  readonly root: string;
  /** This process's group. */
  readonly group: string;
  /** The quota in a folder of the hierarchy, in processors; undefined where it has no limit. */
  readonly quota: (folder: string) => number | undefined;
}

/** proc_pid_cgroup(5), `id:controllers:group`; proc_pid_mountinfo(5), `… root mount options … - type source options`. */
const hierarchies = (read: ReadFile): readonly Hierarchy[] => {
  const groups = (read('/proc/self/cgroup') ?? '').split('\n').map((line) => /^\d+:([^:]*):(.*)$/.exec(line));
  const ratio = (quota: number, period: number): number | undefined => (quota > 0 && period > 0 ? quota / period : undefined);
  const number = (path: string): number => Number(read(path) ?? Number.NaN);
  return (read('/proc/self/mountinfo') ?? '').split('\n').flatMap((line): readonly Hierarchy[] => {
    const [, root, mount, type, options = ''] = /^\d+ \d+ \S+ (\S+) (\S+) .* - (\S+) \S+ (\S+)$/.exec(line) ?? [];
    if (root === undefined || mount === undefined) return [];
    const controls = (controllers: string): boolean => controllers.split(',').includes('cpu');
    const groupOf = (holds: (controllers: string) => boolean): string | undefined =>
      groups.find((found) => found !== null && holds(found[1] ?? ''))?.[2];
    if (type === 'cgroup2') {
      const group = groupOf((controllers) => controllers === '');
      const quota = (folder: string): number | undefined => {
        const [most, period] = (read(join(folder, 'cpu.max')) ?? '').split(' ').map(Number);
        return ratio(most ?? Number.NaN, period ?? Number.NaN);
      };
      return group === undefined ? [] : [{ root, mount, group, quota }];
    }
    const group = type === 'cgroup' && controls(options) ? groupOf(controls) : undefined;
    const quota = (folder: string): number | undefined =>
      ratio(number(join(folder, 'cpu.cfs_quota_us')), number(join(folder, 'cpu.cfs_period_us')));
    return group === undefined ? [] : [{ root, mount, group, quota }];
  });
};

/** The quota of this process, in processors: the least of its control group and those that contain it. */
const quotaOf = (read: ReadFile): number => {
  const quotas = hierarchies(read).flatMap(({ mount, root, group, quota }) => {
    // In a container the mount may begin at its own group.
    const under = posix.relative(root, group);
    const names = under.startsWith('..') ? [] : under.split('/').filter(Boolean);
    return Array.from({ length: names.length + 1 }, (_, depth) => quota(join(mount, ...names.slice(0, depth))) ?? Number.POSITIVE_INFINITY);
  });
  return Math.min(Number.POSITIVE_INFINITY, ...quotas);
};

export interface Processors {
  /** The number for this process, at least one; fractions of a processor are dropped. */
  readonly processors: number;
  /** The number of distinct cores among them, without second hardware threads: the useful number of threads that compute without pauses. */
  readonly cores: number;
}

/** @param read the content of system files; replaced in tests. */
export const processorsIn = (read: ReadFile, otherwise: () => number): Processors => {
  const bound = numbersIn(/^Cpus_allowed_list:\s*(\S+)$/m.exec(read('/proc/self/status') ?? '')?.[1] ?? '');
  const siblings = bound.map((cpu) => read(`/sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list`)?.trim() ?? String(cpu));
  const granted = Math.max(1, Math.floor(quotaOf(read)));
  const processors = bound.length === 0 ? otherwise() : bound.length;
  const cores = bound.length === 0 ? processors : new Set(siblings).size;
  return { processors: Math.min(processors, granted), cores: Math.min(cores, granted) };
};

export const processorsOfProcess = (): Processors => processorsIn(readFile, availableParallelism);
