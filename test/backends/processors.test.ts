/**
 * Which processors a process may use, as Linux says it; and that what computes keeps to them: threads are no more than those, and none of them is
 * bound to another.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { numbersIn, processorsIn, processorsOfProcess } from '../../backends/machine/processors.js';
import { staffingOf } from '../../src/cli/options/compare-options.js';
import { messageOf } from '../../src/thrown.js';
import { TINY, vcycle } from '../cli/vcycle.js';

const MOUNTS = {
  v2: '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate',
  v1: [
    '31 30 0:27 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:10 - cgroup cgroup rw,cpu,cpuacct',
    '32 30 0:28 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset',
  ].join('\n'),
  container: '31 30 0:27 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct',
};

/** A machine of 16 processors, two a core, as its files tell a process; the files of its control groups besides. */
const machine = (allowed: string, files: Readonly<Record<string, string>> = {}) => {
  const told: Readonly<Record<string, string>> = {
    '/proc/self/status': `Name:\tnode\nCpus_allowed:\tff\nCpus_allowed_list:\t${allowed}\nMems_allowed_list:\t0\n`,
    ...Object.fromEntries(
      Array.from({ length: 16 }, (_, cpu) => [
        `/sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list`,
        `${cpu % 8},${(cpu % 8) + 8}\n`,
      ]),
    ),
    ...files,
  };
  return processorsIn(
    (path) => told[path],
    () => assert.fail('Linux says it'),
  );
};

describe('the processors of a process', () => {
  it('are read off a list as Linux writes it', () => {
    assert.deepEqual(numbersIn('0\n'), [0]);
    assert.deepEqual(numbersIn('0-2,5,8-9'), [0, 1, 2, 5, 8, 9]);
    assert.deepEqual(numbersIn(''), []);
  });

  it('are those that it is bound to, and of two threads of a core one computes', () => {
    assert.deepEqual(machine('0-15'), { processors: 16, cores: 8 });
    assert.deepEqual(machine('0-3'), { processors: 4, cores: 4 });
    assert.deepEqual(machine('3,11'), { processors: 2, cores: 1 });
    assert.deepEqual(machine('5'), { processors: 1, cores: 1 });
  });

  it('are no more than its control group pays for, or one that it is in (cgroup v2)', () => {
    const of = (files: Readonly<Record<string, string>>) =>
      machine('0-15', { '/proc/self/cgroup': '0::/a.slice/b.scope\n', '/proc/self/mountinfo': MOUNTS.v2, ...files });
    assert.deepEqual(of({ '/sys/fs/cgroup/a.slice/b.scope/cpu.max': 'max 100000\n' }), { processors: 16, cores: 8 });
    assert.deepEqual(of({ '/sys/fs/cgroup/a.slice/b.scope/cpu.max': '350000 100000\n' }), { processors: 3, cores: 3 });
    assert.deepEqual(of({ '/sys/fs/cgroup/a.slice/cpu.max': '200000 100000\n' }), { processors: 2, cores: 2 });
    assert.deepEqual(of({ '/sys/fs/cgroup/cpu.max': '50000 100000\n' }), { processors: 1, cores: 1 }, 'half a processor');
    assert.deepEqual(of({ '/sys/fs/cgroup/a.slice/cpu.max': '1200000 100000\n' }), { processors: 12, cores: 8 });
  });

  it('are no more than its control group pays for (cgroup v1, in a container too)', () => {
    const groups = '5:cpuset:/jobs/7\n4:cpu,cpuacct:/jobs/7\n0::/\n';
    const quota = (folder: string, microseconds: number) => ({
      [`${folder}/cpu.cfs_quota_us`]: `${microseconds}\n`,
      [`${folder}/cpu.cfs_period_us`]: '100000\n',
    });
    const of = (files: Readonly<Record<string, string>>) =>
      machine('0-15', { '/proc/self/cgroup': groups, '/proc/self/mountinfo': MOUNTS.v1, ...files });
    const cpu = '/sys/fs/cgroup/cpu,cpuacct';
    assert.deepEqual(of(quota(`${cpu}/jobs/7`, -1)), { processors: 16, cores: 8 });
    assert.deepEqual(of(quota(`${cpu}/jobs/7`, 400_000)), { processors: 4, cores: 4 });
    assert.deepEqual(of(quota(`${cpu}/jobs`, 200_000)), { processors: 2, cores: 2 });
    const within = { '/proc/self/cgroup': '4:cpu,cpuacct:/docker/abc\n', '/proc/self/mountinfo': MOUNTS.container };
    assert.deepEqual(machine('0-15', { ...within, ...quota(cpu, 300_000) }), { processors: 3, cores: 3 });
  });

  it('are what Node says where no file does', () => {
    assert.deepEqual(
      processorsIn(
        () => undefined,
        () => 6,
      ),
      { processors: 6, cores: 6 },
    );
  });

  it('are shared by the workers of a comparison', () => {
    const machine = { processors: 16, cores: 8 };
    const staff = (options: { workers?: number; threads?: number }, backend = 'onnx-cpu') => staffingOf({ backend, ...options }, machine);
    assert.deepEqual(staff({}), { workers: 16, threads: 1 });
    assert.deepEqual(staff({ workers: 2 }), { workers: 2, threads: 4 });
    assert.deepEqual(staff({ workers: 3 }), { workers: 3, threads: 2 });
    assert.deepEqual(staff({ workers: 40 }), { workers: 40, threads: 1 });
    assert.deepEqual(staff({ threads: 4 }), { workers: 4, threads: 4 });
    assert.deepEqual(staff({}, 'null'), { workers: 1 });
  });
});

/**
 * Compiles and runs a program, and says with how many threads, how many the process has gained, and where each of its threads may run. Node starts
 * threads of its own when it likes (its pool reads files), so one or two of those gained may be Node's.
 */
const COMPUTE = `
import { readdirSync, readFileSync } from 'node:fs';
const [{ createOnnxCpu }, { logitsProgram }] = await Promise.all(process.argv.slice(1, 3).map((url) => import(url)));
const tasks = () => readdirSync('/proc/self/task');
const before = tasks().length;
const threads = process.argv[3] === '' ? {} : { threads: Number(process.argv[3]) };
const unwrap = (either) => { if (either._tag === 'Left') throw new Error(either.left.message); return either.right; };
const backend = unwrap(await createOnnxCpu(threads)());
const model = { kind: 'gpt', layers: 1, heads: 1, width: 8, context: 4, bias: true, vocabulary: 5 };
const executable = unwrap(await backend.compile(logitsProgram(model, { layers: 1, h: 1 }, 1))());
const { program } = executable;
const size = (shape) => shape.reduce((product, length) => product * length, 1);
const given = program.inputs.map(({ value }) => {
  const type = program.types[value];
  return { type, data: type.dtype === 'i32' ? new Int32Array(size(type.shape)) : new Float32Array(size(type.shape)) };
});
unwrap(await executable.run(given)());
const places = tasks().map((task) => /^Cpus_allowed_list:\\s*(\\S+)$/m.exec(readFileSync('/proc/self/task/' + task + '/status', 'utf8'))[1]);
console.log(JSON.stringify({ device: backend.capabilities.device, gained: places.length - before, places }));
`;

interface Computed {
  readonly device: string;
  readonly gained: number;
  readonly places: readonly string[];
}

const computed = (command: readonly string[], threads = ''): Computed => {
  const modules = ['../../backends/onnx/cpu.js', '../../src/model/level-programs.js'].map((path) => new URL(path, import.meta.url).href);
  const [program = '', ...args] = [...command, process.execPath, '--input-type=module', '--eval', COMPUTE, ...modules, threads];
  return JSON.parse(execFileSync(program, args, { encoding: 'utf8' }));
};

const canBind = (): boolean => {
  try {
    execFileSync('taskset', [
      '-c',
      String(numbersIn(execFileSync('taskset', ['-cp', String(process.pid)], { encoding: 'utf8' }).split(':')[1] ?? '')[0]),
      'true',
    ]);
    return true;
  } catch {
    return false;
  }
};

/** The first processor that this process may use. */
const firstAllowed = (): string =>
  String(numbersIn(/: (\S+)$/m.exec(execFileSync('taskset', ['-cp', String(process.pid)], { encoding: 'utf8' }))?.[1] ?? '')[0]);

describe('onnx-cpu under taskset', () => {
  before(function () {
    if (canBind()) return;
    console.log('      skipped: there is no taskset here');
    this.skip();
  });

  it('computes with as many threads as it was given processors, and binds none elsewhere', () => {
    const one = firstAllowed();
    const bound = computed(['taskset', '-c', one]);
    assert.equal(bound.device, 'CPU, 1 thread');
    assert.deepEqual([...new Set(bound.places)], [one]);
    const wished = computed(['taskset', '-c', one], '9');
    assert.equal(wished.device, 'CPU, 9 threads');
    assert.deepEqual([...new Set(wished.places)], [one]);
    assert.ok(wished.gained >= 8, `of the nine one is the caller: ${wished.gained}`);
    assert.ok(bound.gained < 4, `a single one is the caller itself: ${bound.gained}`);
  });

  it('binds no thread to any one of several processors either', function () {
    const all = processorsOfProcess();
    if (all.processors === 1) {
      console.log('      skipped: this process may use one processor alone');
      this.skip();
    }
    const free = computed([]);
    assert.equal(free.device, `CPU, ${all.cores} thread${all.cores === 1 ? '' : 's'}`);
    assert.equal(new Set(free.places).size, 1, free.places.join());
    assert.ok(numbersIn(free.places[0] ?? '').length > 1, free.places.join());
  });

  it('is told its threads by the option of every command that computes', async () => {
    const plan = await vcycle(['plan', ...TINY, '--vocabulary', '5', '--threads', '3', 'train(1)']);
    assert.match(plan.stdout, /onnx-cpu\s\(CPU,\s3\sthreads\)/);
    for (const command of ['plan', 'run', 'resume', 'compare', 'job', 'sample'])
      assert.match((await vcycle([command, '--help'])).stdout, /^ +--threads <n> /m, command);
    const refused = await vcycle(['plan', ...TINY, '--vocabulary', '5', '--backend', 'null', '--threads', '3', 'train(1)']);
    assert.deepEqual(
      [refused.code, refused.stderr],
      [2, 'vcycle: --threads is for onnx-cpu, torch-cpu, torch-cuda, tfjs-cuda, tfjs-node only (was --backend null); leave it out\n'],
    );
  }).timeout(60_000);
});

describe('onnx-cpu in a control group', () => {
  it('computes with as many threads as its quota pays for', function () {
    const group = join('/sys/fs/cgroup/cpu', `vcycle-test-${process.pid}`);
    try {
      mkdirSync(group);
      writeFileSync(join(group, 'cpu.cfs_quota_us'), '150000');
    } catch (error) {
      console.log(`      skipped: no control group can be made (${messageOf(error)})`);
      this.skip();
    }
    try {
      const command = ['sh', '-c', `echo $$ > ${join(group, 'cgroup.procs')} && exec "$0" "$@"`];
      assert.equal(computed(command).device, 'CPU, 1 thread');
    } finally {
      rmdirSync(group);
    }
  });
});
