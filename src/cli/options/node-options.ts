/**
 * The options that say which of several machines this is, for the commands that train: the same command on each, as `srun` starts it, or one with
 * another `--node` on each. Not here: the ranks (`backends/torch`).
 */
import { type Command, Option } from 'commander';
import * as E from 'fp-ts/lib/Either.js';
import type { NodePlace } from '../../../backends/torch/rank-processes.js';
import { type Fault, inputFault } from '../../fault.js';
import { integer } from './argument-numbers.js';

export interface NodeOptions {
  readonly nodes?: number;
  readonly node?: number;
  readonly rendezvous?: string;
}

export const addNodeOptions = (command: Command): Command =>
  command
    .addOption(new Option('--nodes <n>', 'machines, each with as many ranks as --ranks says (default: 1)').argParser(integer(1)))
    .addOption(new Option('--node <k>', 'which of them this is, from 0; the others follow node 0').argParser(integer(0)))
    .addOption(new Option('--rendezvous <place>', "HOST:PORT of node 0, or slurm: all three by srun's variables"));

type Environment = Readonly<Record<string, string | undefined>>;

/** The first name in Slurm's list of nodes, such as `gpu[07-09,12],login`. */
const firstOf = (list: string): string => list.replace(/^([^,[]*)\[(\w+)[^\]]*\]([^,]*).*$/, '$1$2$3').replace(/,.*$/, '');

/** Ports below those that systems give to programs that ask for none, one for each step of the jobs of a while. */
const portOf = (job: string, step: string): number => 20_000 + ((10 * Number(job) + Number(step)) % 10_000);

/** Each task that srun started stands for a machine: usually one a node, but several may be on one. */
const bySlurm = (task: Environment): E.Either<Fault, NodePlace> => {
  const { SLURM_JOB_ID: job, SLURM_STEP_ID: step, SLURM_NTASKS: tasks, SLURM_PROCID: number } = task;
  const nodes = task.SLURM_STEP_NODELIST || task.SLURM_JOB_NODELIST;
  if (!job || !step || !nodes || !tasks || !number)
    return E.left(inputFault('--rendezvous slurm needs the variables of a task that srun started; use srun --ntasks-per-node=1 vcycle …'));
  return E.right({ nodes: Number(tasks), node: Number(number), address: firstOf(nodes), port: portOf(job, step) });
};

const MOST_PORT = 65_535;

/** Undefined where there is one machine. */
export const placeOf = (
  { nodes, node, rendezvous }: NodeOptions,
  environment: Environment = process.env,
): E.Either<Fault, NodePlace | undefined> => {
  if (rendezvous === 'slurm')
    return nodes === undefined && node === undefined
      ? bySlurm(environment)
      : E.left(inputFault('--rendezvous slurm takes the nodes from Slurm; leave out --nodes and --node'));
  if (nodes === undefined && node === undefined && rendezvous === undefined) return E.right(undefined);
  if (nodes === undefined || node === undefined || rendezvous === undefined)
    return E.left(inputFault('--nodes, --node and --rendezvous HOST:PORT belong together; give all three, or --rendezvous slurm'));
  if (node >= nodes) return E.left(inputFault(`--node must be below --nodes ${nodes} (was ${node}); nodes are counted from 0`));
  const [, address = '', port = ''] = /^([^:\s]+):(\d+)$/.exec(rendezvous) ?? [];
  return address === '' || Number(port) < 1 || Number(port) > MOST_PORT
    ? E.left(inputFault(`--rendezvous must be HOST:PORT, such as node0:29500, or slurm (was ${JSON.stringify(rendezvous)})`))
    : E.right({ nodes, node, address, port: Number(port) });
};
