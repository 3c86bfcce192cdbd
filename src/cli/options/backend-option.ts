/**
 * The options that choose a backend, for every command that computes. Not here: the backends themselves (`../backends/registry.ts`).
 */
import { type Command, Option } from 'commander';
import { integer } from './argument-numbers.js';

export const DEFAULT_BACKEND = 'onnx-cpu';

/** `--allow-cpu`, for the commands that inspect all backends. */
export const allowCpuOption = (): Option =>
  new Option('--allow-cpu', 'let tfjs-cuda compute on the CPU where there is no usable GPU').default(false);

export const backendOption = (description: string): Option => new Option('--backend <name>', description);

/** `--threads`, for the commands that compute. */
export const threadsOption = (): Option =>
  new Option('--threads <n>', 'CPU threads (default: as many as the process may use; workers share them)').argParser(integer(1));

const precisionOption = (): Option =>
  new Option('--precision <p>', 'of matrix products: f32, or bf16 (operands in bf16, sums in f32), for torch-cpu and torch-cuda').choices([
    'f32',
    'bf16',
  ]);

const compileOption = (): Option =>
  new Option('--torch-compile', 'for torch-cpu and torch-cuda: compile programs with torch.compile before they run');

const ranksOption = (): Option =>
  new Option('--ranks <n>', 'for torch-cpu and torch-cuda: processes that share each batch (default: 1)').argParser(integer(1));

/** For the commands whose runs have branches. */
export const addBranchesOption = (command: Command): Command =>
  command.addOption(
    new Option(
      '--branches <how>',
      'arms of a branch: in-turn, or parallel (torch-cpu, torch-cuda), each in a process of its own or on its share of --ranks',
    ).choices(['in-turn', 'parallel']),
  );

const usual = (): Option => backendOption('what computes; `vcycle backends` lists the names').default(DEFAULT_BACKEND);

export const addBackendOptions = (command: Command, backend = usual()): Command =>
  command
    .addOption(backend)
    .addOption(allowCpuOption())
    .addOption(threadsOption())
    .addOption(precisionOption())
    .addOption(compileOption())
    .addOption(ranksOption());
