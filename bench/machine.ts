/** The machine that measures, in words and numbers: what makes two results comparable, and whether it had rest. */
import { cpus, loadavg, totalmem } from 'node:os';
import { processorsOfProcess } from '../backends/machine/processors.js';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  /** Processes that wanted to run, averaged over the last minute before the measurements. */
  readonly load: number;
}

export const thisMachine = (): Machine => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: processorsOfProcess().processors,
  memoryGb: Math.round(totalmem() / 1e9),
  system: `${process.platform} ${process.arch}`,
  load: loadavg()[0] ?? 0,
});

/** Above this others use the machine, and times are theirs too. */
const RESTLESS = 0.5;

export const isRestless = ({ load }: Machine): boolean => load > RESTLESS;
