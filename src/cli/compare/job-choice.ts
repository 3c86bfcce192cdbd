/** What a job records about its backend, made from the user's choice, and converted back. */
import { given } from '../../options.js';
import type { JobContent } from '../../sweep/job.js';
import type { BackendChoice } from '../backends/registry.js';

type OfBackend = Pick<JobContent, 'backend' | 'allowCpu' | 'precision' | 'compiled' | 'ranks'>;

export const contentOf = ({ backend, allowCpu, precision, torchCompile, ranks = 1 }: BackendChoice): OfBackend => ({
  backend,
  allowCpu,
  ...(precision === 'bf16' ? { precision } : {}),
  ...(torchCompile === true ? { compiled: true } : {}),
  ...(ranks === 1 ? {} : { ranks }),
});

export const choiceOfJob = ({ backend, allowCpu, precision, compiled, ranks }: OfBackend): BackendChoice => ({
  backend,
  allowCpu,
  ...given({ precision, torchCompile: compiled, ranks }),
});
