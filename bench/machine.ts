/** The measuring machine, in words and numbers: whether two results are comparable, and whether other processes used it. */
import { cpus, loadavg, totalmem } from 'node:os';
import { processorsOfProcess } from '../backends/machine/processors.js';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  /** Runnable processes, averaged over the last minute before the measurements. */
  readonly load: number;
}

export const thisMachine = (): Machine => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: processorsOfProcess().processors,
  memoryGb: Math.round(totalmem() / 1e9),
  system: `${process.platform} ${process.arch}`,
  load: loadavg()[0] ?? 0,
});

/** Above this load, other processes use the machine and affect the times. */
const RESTLESS = 0.5;

export const isRestless = ({ load }: Machine): boolean => load > RESTLESS;
