/**
 * A Slurm of its own for a test: munged, slurmctld and slurmd in a temporary folder, on free ports, ended by their ids. Not a test itself; what it
 * needs is Debian's `slurm-wlm` and `munge`, and root.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

export interface RealSlurm {
  /** With which its commands find it. */
  readonly env: Readonly<Record<string, string>>;
  call(command: string, ...args: readonly string[]): string;
  /**
   * Kills the controller, and starts it again from what it had on the disk. That is some seconds old: tasks that began or ended since would make
   * it drain the node, and wait for an administrator.
   */
  restartController(): Promise<void>;
  end(): Promise<void>;
}

const PROGRAMS = ['munged', 'slurmctld', 'slurmd', 'sbatch', 'squeue', 'scontrol', 'scancel'] as const;

/** Why there can be none here; undefined where there can. */
export const whyNoSlurm = (): string | undefined => {
  const missing = PROGRAMS.filter((program) => spawnSync('sh', ['-c', 'command -v "$0"', program]).status !== 0);
  if (missing.length > 0) return `${missing.join(', ')} not found: apt-get install --no-install-recommends slurm-wlm munge`;
  return process.getuid?.() === 0 ? undefined : 'its daemons need root';
};

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port'))));
    });
  });

/** `cred_expire` is also how long a task that is queued again waits: 120 s where it is not given. */
const configuration = (folder: string, host: string, controller: number, node: number): string => `ClusterName=vcycle
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${controller}
SlurmdPort=${node}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=${folder}/munge.socket,cred_expire=5
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=2,bf_interval=2
KillWait=5
NodeName=${host} NodeAddr=127.0.0.1 CPUs=8
PartitionName=all Nodes=${host} Default=YES
`;

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

const ended = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

const kill = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  child.kill(signal);
  for (let waited = 0; !ended(child) && waited < 100; waited++) await pause(100);
  if (!ended(child)) child.kill('SIGKILL');
};

export const startSlurm = async (): Promise<RealSlurm> => {
  const folder = mkdtempSync(join(tmpdir(), 'vcycle-slurm-'));
  const host = hostname().split('.')[0] ?? '';
  for (const name of ['state', 'spool']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'munge.key'), randomBytes(1024), { mode: 0o400 });
  const SLURM_CONF = join(folder, 'slurm.conf');
  writeFileSync(SLURM_CONF, configuration(folder, host, await freePort(), await freePort()));
  const env = { SLURM_CONF };
  const start = (program: string, ...args: readonly string[]): ChildProcess =>
    spawn(program, [...args], { env: { ...process.env, ...env }, stdio: 'ignore' });
  const munge = ['key-file=munge.key', 'socket=munge.socket', 'pid-file=munge.pid', 'log-file=munge.log', 'seed-file=munge.seed'];
  const munged = start('munged', '--force', '--foreground', ...munge.map((option) => `--${option.replace('=', `=${folder}/`)}`));
  await pause(500);
  let controller = start('slurmctld', '-D');
  const node = start('slurmd', '-D');
  const call: RealSlurm['call'] = (command, ...args) =>
    spawnSync(command, [...args], { env: { ...process.env, ...env }, encoding: 'utf8' }).stdout;
  const end = async (): Promise<void> => {
    call('scancel', '--user=root');
    for (let waited = 0; waited < 50 && call('squeue', '--noheader').trim() !== ''; waited++) await pause(200);
    await kill(node, 'SIGTERM');
    await kill(controller, 'SIGTERM');
    await kill(munged, 'SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  };
  const idle = async (): Promise<void> => {
    for (let waited = 0; waited < 300; waited++) {
      if (/idle|mix|alloc/.test(call('sinfo', '--noheader', '--format=%T'))) return;
      await pause(100);
    }
    const log = readFileSync(join(folder, 'slurmctld.log'), 'utf8').slice(-2000);
    await end();
    throw new Error(`Slurm did not come up in 30 s: ${log}`);
  };
  await idle();
  return {
    env,
    call,
    restartController: async () => {
      await kill(controller, 'SIGKILL');
      await pause(1500);
      controller = start('slurmctld', '-D');
      await idle();
    },
    end,
  };
};
