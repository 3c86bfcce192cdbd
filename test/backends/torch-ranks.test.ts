/**
 * Ranks of PyTorch under gloo: several workers that share each batch train as one does, across a restriction with a tau correction and a prolongation
 * with a line search; replicas stay equal to the bit; and one that ends, or falls silent, ends the run. Where PyTorch is set up; a printed skip elsewhere.
 */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { createTorchCpu, torchCpuCapabilities } from '../../backends/torch/cpu.js';
import { freePort } from '../../backends/torch/rank-processes.js';
import type { Backend } from '../../src/backend.js';
import { flopsOf } from '../../src/program/cost.js';
import { Tracer } from '../../src/program/tracer.js';
import { decodeCheckpoint } from '../../src/runner/checkpoints/checkpoint.js';
import { onDisk } from '../../src/runner/folder/disk-folder.js';
import { resume } from '../../src/runner/resume.js';
import type { Schedule } from '../../src/schedule/schedule.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { CORPUS, inFolder, tinyWith, vcycle } from '../cli/vcycle.js';
import { adamw } from '../model/tiny.js';
import { assertClose } from '../program/on-reference.js';
import { inTemporaryFolder, right, runWithEvents } from '../runner/harness.js';
import { stagesOf } from '../runner/tiny-setup.js';
import { childrenOf, runs } from './processes.js';
import { tolerances } from './tolerances.js';
import { datasetOf, twoLevels } from './two-levels.js';
import { torchPythonOnLinux } from './with-torch.js';

/** 30 steps; a batch that 1, 2, 3 and 4 ranks share, also in microbatches. */
const STAGES =
  'train(5) >> restrict(even, tau: 2) >> train(15, accumulate: 3) >> prolongate(correction: 1, lineSearch: 3) >> train(10, only: [1, 3])';

const scheduleOf = (stages: string): Schedule => {
  const { setup } = twoLevels;
  const learningRate = { kind: 'constant', peak: 0.005, warmup: 5, clock: 'global' };
  const given = { ...setup, optimizer: { ...adamw, learningRate }, batch: 36, evaluation: { every: 5, batches: 2 } };
  return right(verify({ version: 1, setup: given, stages: stagesOf(stages) }));
};

const schedule = scheduleOf(STAGES);

interface Told {
  readonly losses: readonly number[];
  readonly model: string;
}

const toldBy = (backend: Backend): Promise<Told> =>
  inTemporaryFolder(async (folder) => {
    const { result, events } = await runWithEvents(schedule, { backend, folder: join(folder, 'run'), dataset: datasetOf() });
    const { outcome, stages } = right(result);
    assert.deepEqual(outcome, { kind: 'finished' });
    for (const { op, planned, counted } of stages) assert.deepEqual(counted, planned, op);
    return {
      losses: events.flatMap((event) => (event.kind === 'step' || event.kind === 'evaluated' ? [event.loss] : [])),
      model: readFileSync(join(folder, 'run', 'model', 'model.safetensors')).toString('base64'),
    };
  });

describe('ranks of torch-cpu', function () {
  this.timeout(240_000);
  const backends: Backend[] = [];

  before(async function () {
    torchPythonOnLinux(this);
    for (const ranks of [1, 2, 3]) backends.push(right(await createTorchCpu({ threads: 1, ranks })()));
  });
  after(async () => {
    for (const backend of backends) right(await backend.close()());
  });

  it('are planned by starting one process, however many they would be', async () => {
    const { inPlace: _, ...told } = right(await torchCpuCapabilities({ threads: 1, ranks: 2 })());
    const { inPlace: __, ...ofRun } = backends[1]?.capabilities ?? assert.fail();
    assert.deepEqual(told, ofRun);
    assert.equal(right(await torchCpuCapabilities({ ranks: 100_000 })()).ranks, 100_000);
  });

  it('give the losses of one process, whatever their number, and say it', async () => {
    const [one, ...several] = backends;
    const alone = await toldBy(one ?? assert.fail());
    assert.equal(alone.losses.length, 30 + 6);
    for (const backend of several) {
      const { ranks, device } = backend.capabilities;
      assertClose((await toldBy(backend)).losses, alone.losses, tolerances.f32.trajectory, `${ranks} ranks`);
      assert.equal(device, `CPU, 1 thread, each of ${ranks} ranks`);
    }
    assert.equal(one?.capabilities.ranks, undefined);
  });

  it('give the same bits every time', async () => {
    const [, , three = assert.fail()] = backends;
    assert.deepEqual(await toldBy(three), await toldBy(three));
  });

  it('communicate what was planned: each step the gradients and a loss, each evaluation its losses', () =>
    inTemporaryFolder(async (folder) => {
      const [, two = assert.fail()] = backends;
      const dataset = datasetOf();
      const { result } = await runWithEvents(scheduleOf('train(3)'), { backend: two, folder: join(folder, 'run'), dataset });
      const { stages, plan } = right(result);
      const [only = assert.fail()] = stages;
      const { layers, width, context } = schedule.setup.model;
      const perLayer = 12 * width * width + 13 * width;
      const parameters = (dataset.vocabulary + context + 2) * width + layers * perLayer;
      assert.equal(only.counted.communicated, 3 * (4 * parameters + 4));
      assert.equal(only.evaluationFlops.communicated, only.evaluations * 2 * 4);
      assert.equal(plan.training.communicated, only.counted.communicated);
    }));

  it('are compared: a tensor that differs on one of them is noticed', async () => {
    const [, , three = assert.fail()] = backends;
    const trace = new Tracer('rows of its own');
    const doubled = trace.mul(trace.input('x', 'batch', { dtype: 'f32', shape: [2] }), trace.scalar(2));
    const executable = right(await three.compile(trace.finish([{ name: 'y', tensor: doubled }]))());
    const rows = (...values: number[]) => ({ type: { dtype: 'f32', shape: [6] } as const, data: Float32Array.from(values) });
    const agree = three.agree ?? assert.fail();
    const [alike = assert.fail()] = right(await executable.run([rows(1, 2, 1, 2, 1, 2)])());
    right(await agree([alike])());
    // The last bit of one element, on the last rank.
    const [unlike = assert.fail()] = right(await executable.run([rows(1, 2, 1, 2, 1, 2 + 2 ** -22)])());
    const found = await agree([alike, unlike])();
    if (E.isRight(found)) assert.fail('they were taken to be equal');
    assert.match(found.left.message, /the state of rank 2 is not that of rank 0: replicas must be equal to the bit$/);
  });
});

describe('a checkpoint of ranks', function () {
  this.timeout(240_000);
  before(function () {
    torchPythonOnLinux(this);
  });

  it('resumes on one process, to the losses of one from the beginning', () =>
    inTemporaryFolder(async (folder) => {
      const [one, four] = [right(await createTorchCpu({ threads: 1 })()), right(await createTorchCpu({ threads: 1, ranks: 4 })())];
      const given = scheduleOf('restrict(even) >> train(8) >> prolongate >> train(8)');
      const alone = await runWithEvents(given, { backend: one, folder: join(folder, 'alone'), dataset: datasetOf() });
      const stop = new AbortController();
      const path = join(folder, 'cut');
      await runWithEvents(given, {
        backend: four,
        folder: path,
        dataset: datasetOf(),
        signal: stop.signal,
        listener: (event) => event.kind === 'step' && event.step === 11 && stop.abort(),
      });
      const events: number[] = [];
      const finished = await resume(datasetOf(), {
        backend: one,
        folder: onDisk(path),
        listeners: [(event) => event.kind === 'evaluated' && events.push(event.loss)],
      })();
      assert.deepEqual(right(finished).outcome, { kind: 'finished' });
      const whole = alone.events.flatMap((event) => (event.kind === 'evaluated' ? [event.loss] : []));
      assert.ok(events.length > 0);
      assertClose(events, whole.slice(-events.length), tolerances.f32.trajectory, 'after the resume');
      for (const backend of [one, four]) right(await backend.close()());
    }));
});

describe('ranks on two nodes', function () {
  this.timeout(240_000);
  before(function () {
    torchPythonOnLinux(this);
  });

  const onNode = (node: number, port: number, how: readonly string[]): readonly string[] => {
    const place = ['--nodes', '2', '--node', `${node}`, '--rendezvous', `127.0.0.1:${port}`];
    return ['run', ...tinyWith('--batch', '8'), '--data', 'text.txt', '--backend', 'torch-cpu', '--threads', '1', ...place, ...how];
  };

  it('give the bits of as many on one; and a follower ends with the run', () =>
    inFolder({ 'text.txt': CORPUS }, async (cwd) => {
      const port = await freePort();
      const stages = 'train(3) >> restrict(even) >> train(3) >> prolongate';
      const [first, second] = await Promise.all([
        vcycle(onNode(0, port, ['--ranks', '1', '--out', 'two', stages]), { cwd }),
        vcycle(onNode(1, port, ['--ranks', '1', stages]), { cwd }),
      ]);
      assert.equal(first.code, 0, first.stderr);
      assert.match(first.stdout, /each of 2 ranks on 2 nodes/);
      assert.equal(second.code, 0, second.stderr);
      assert.match(second.stderr, /^node 1 of 2: rank 1 will follow rank 0 at .*\nrank 0 has ended the run$/m);
      const plain = ['run', ...tinyWith('--batch', '8'), '--data', 'text.txt', '--backend', 'torch-cpu', '--threads', '1'];
      const one = await vcycle([...plain, '--ranks', '2', '--out', 'one', stages], { cwd });
      assert.equal(one.code, 0, one.stderr);
      const [two, alone] = ['two', 'one'].map((out) => readFileSync(join(cwd, out, 'model', 'model.safetensors')));
      assert.deepEqual(two, alone);
    }));

  it('that do not meet are a sentence: nobody comes, nobody waits, the port is in use', () =>
    inFolder({ 'text.txt': CORPUS }, async (cwd) => {
      const port = await freePort();
      const env = { VCYCLE_RANKS_PATIENCE: '3' };
      const alone = await vcycle(onNode(0, port, ['--out', 'out', 'train(1)']), { cwd, env });
      assert.equal(alone.code, 2);
      assert.equal(alone.stderr, `vcycle: backend torch-cpu: rank 1 of 2 did not come to 127.0.0.1:${port} within 3 s\n`);
      const lost = await vcycle(onNode(1, port, ['train(1)']), { cwd, env });
      assert.equal(lost.code, 1);
      assert.match(lost.stderr, new RegExp(`rank 1 found no rank 0 at 127\\.0\\.0\\.1:${port} within 3 s`));
      const server = createServer().listen(port, '127.0.0.1');
      const taken = await vcycle(onNode(0, port, ['--out', 'out', 'train(1)']), { cwd, env });
      server.close();
      assert.equal(taken.code, 2);
      assert.equal(taken.stderr, `vcycle: backend torch-cpu: rank 0 cannot wait at 127.0.0.1:${port}: another program uses that port\n`);
      assert.equal(existsSync(join(cwd, 'out')), false);
    }));
});

const until = async (what: string, holds: () => boolean, seconds = 60): Promise<void> => {
  const end = performance.now() + seconds * 1000;
  while (!holds()) {
    assert.ok(performance.now() < end, `${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

interface Blow {
  /** `no memory`: it gets no more from the system, by a limit of this process alone. */
  readonly blow: NodeJS.Signals | 'no memory';
  /** Undefined for Node's own process. */
  readonly rank: number | undefined;
}

/** Large enough that a step asks the system for memory, and not only what holds small blocks. */
const LARGE = ['--width', '64', '--context', '64', '--batch', '24'];

/** Runs with three ranks, and does that to one of its processes when there is a checkpoint. */
const struck = (
  cwd: string,
  { blow, rank }: Blow,
): Promise<{ readonly code: number | null; readonly stderr: string; readonly seconds: number }> => {
  const sizes = blow === 'no memory' ? LARGE : ['--batch', '6'];
  const args = ['run', ...tinyWith(...sizes), '--data', 'text.txt', '--backend', 'torch-cpu', '--threads', '1', '--ranks', '3'];
  const running = vcycle([...args, '--checkpoint-every', '5', '--out', 'out', 'train(20000)'], { cwd, env: { VCYCLE_RANKS_SILENCE: '6' } });
  const strike = async () => {
    const out = join(cwd, 'out');
    await until('a checkpoint', () => existsSync(join(out, 'checkpoints')) && readdirSync(join(out, 'checkpoints')).length > 1);
    const owner = Number(readdirSync(out).flatMap((name) => /^running-(\d+)-/.exec(name)?.[1] ?? [])[0]);
    const workers = childrenOf(owner);
    assert.equal(workers.length, 3);
    const isRank = (pid: number): boolean => readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`RANK=${rank}`);
    const began = performance.now();
    const target = rank === undefined ? owner : (workers.find(isRank) ?? assert.fail(`no rank ${rank}`));
    if (blow === 'no memory') execFileSync('prlimit', ['--pid', `${target}`, '--as=1000000']);
    else process.kill(target, blow);
    const { code, stderr } = await running;
    const seconds = (performance.now() - began) / 1000;
    await until('no rank stays', () => !workers.some(runs), 10);
    return { code, stderr, seconds };
  };
  return strike();
};

describe('bad days of ranks', function () {
  this.timeout(240_000);
  before(function () {
    torchPythonOnLinux(this);
  });

  it('one is killed: the run ends at once, with its name, and from a whole checkpoint it continues on one process', () =>
    inFolder({ 'text.txt': CORPUS }, async (cwd) => {
      const rank = 2;
      const { code, stderr, seconds } = await struck(cwd, { blow: 'SIGKILL', rank });
      assert.equal(code, 1, stderr);
      assert.match(stderr, new RegExp(`failed: rank ${rank} ended \\(SIGKILL, as where memory runs out\\)[^;]*; \`vcycle resume`));
      assert.ok(seconds < 30, `${seconds} s`);
      let stop: () => void = assert.fail;
      const resumed = vcycle(['resume', 'out', '--ranks', '1'], { cwd, onStart: (kill) => (stop = () => kill('SIGINT')) });
      await until('the run continues', () => readFileSync(join(cwd, 'out', 'events.jsonl'), 'utf8').includes('"run-resumed"'));
      stop();
      const said = (await resumed).stderr;
      assert.match(said, /continuing from checkpoints\/\S+, step \d+/);
      assert.match(
        said,
        /the run began on 3 ranks and continues on one process: to the same losses within their precision, not to the same bits/,
      );
    }));

  it('rank 0, which all depend on, falls silent: the run ends within the limit', () =>
    inFolder({ 'text.txt': CORPUS }, async (cwd) => {
      const { code, stderr, seconds } = await struck(cwd, { blow: 'SIGSTOP', rank: 0 });
      assert.equal(code, 1, stderr);
      assert.match(
        stderr,
        /failed: rank [12] ended \(exit code 1\); its last words: rank 0 \(127\.0\.0\.1:\d+\) has been silent for 6 s; `vcycle/,
      );
      assert.ok(seconds < 30, `${seconds} s`);
    }));

  for (const rank of [0, 1])
    it(`rank ${rank} runs out of memory: the run ends within a minute, with its name, and a whole checkpoint`, () =>
      inFolder({ 'text.txt': CORPUS }, async (cwd) => {
        const { code, stderr, seconds } = await struck(cwd, { blow: 'no memory', rank });
        assert.equal(code, 1, stderr);
        assert.match(stderr, new RegExp(`failed: .*rank ${rank}: out of memory \\(.*can't allocate memory.*\\); \`vcycle resume`));
        assert.ok(seconds < 30, `${seconds} s`);
        const folder = join(cwd, 'out', 'checkpoints');
        const newest = readdirSync(folder).sort().at(-1) ?? assert.fail('there is no checkpoint');
        assert.ok(right(decodeCheckpoint(readFileSync(join(folder, newest)))).place.step > 0);
      }));

  it('Node is killed: no rank stays', () =>
    inFolder({ 'text.txt': CORPUS }, async (cwd) => {
      await struck(cwd, { blow: 'SIGKILL', rank: undefined });
    }));

  it('what ranks compute costs what one process computes, besides what they communicate', () => {
    const trace = new Tracer('a mean');
    const product = trace.matmul(
      trace.input('x', 'batch', { dtype: 'f32', shape: [2, 3] }),
      trace.input('w', 'parameter', { dtype: 'f32', shape: [3, 4] }),
    );
    const [mean = assert.fail()] = trace.allReduce([product], 5);
    const program = trace.finish([{ name: 'y', tensor: trace.neg(mean) }]);
    assert.deepEqual(flopsOf(program), { matmul: 5 * 2 * 2 * 3 * 4, softmax: 0, elementwise: 8, communicated: 32 });
  });
});
