/**
 * Bad days of the worker: no Python, no PyTorch, one too old, a worker of another version, one that dies or says nothing, and a parent that is killed.
 * Workers that fail in the greeting are stand-ins, scripts of a shell; those that die are real, where PyTorch is set up.
 */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { createTorchCpu } from '../../backends/torch/cpu.js';
import type { TorchOptions } from '../../backends/torch/create.js';
import { torchInstallation } from '../../backends/torch/installation.js';
import { framesOf } from '../../backends/torch/messages.js';
import { PROTOCOL_VERSION, WorkerProcess } from '../../backends/torch/process.js';
import { REPLAY, recordingIn } from '../../backends/torch/recording.js';
import type { TensorType } from '../../src/program/program.js';
import { readEvents } from '../../src/runner/folder/read-events.js';
import { CORPUS, inFolder, TINY, vcycle } from '../cli/vcycle.js';
import { right } from '../runner/harness.js';
import { childrenOf, runs } from './processes.js';
import { torchPython, torchPythonOnLinux } from './with-torch.js';

/** Runs with a Python that is a script of a shell, which may write to the socket, its descriptor 3. */
const withPython = (script: string, use: (python: string) => Promise<void>): Promise<void> =>
  inFolder({ python: `#!/bin/sh\n${script}\n` }, async (folder) => {
    const python = join(folder, 'python');
    chmodSync(python, 0o755);
    await use(python);
  });

/** What creating the backend says, with that Python, and other variables of the environment. */
const refusalWith = async (
  python: string,
  variables: Readonly<Record<string, string>> = {},
  options: TorchOptions = { threads: 1 },
): Promise<{ readonly message: string; readonly command?: string }> => {
  const given = Object.entries({ ...variables, VCYCLE_PYTHON: python });
  const before = given.map(([name]) => [name, process.env[name]] as const);
  for (const [name, value] of given) process.env[name] = value;
  try {
    const created = await createTorchCpu(options)();
    if (E.isRight(created)) assert.fail('it was created');
    assert.equal(created.left.kind, 'unavailable');
    return { message: created.left.message, ...created.left.remedy };
  } finally {
    for (const [name, value] of before)
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  }
};

/** A shell's words that send a header. */
const sends = (header: Readonly<Record<string, unknown>>): string => {
  const bytes = Buffer.concat(framesOf(header, []));
  return `printf '${[...bytes].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')}' >&3; cat <&3 >/dev/null`;
};

describe('torch-cpu without its worker', () => {
  before(function () {
    if (process.platform !== 'win32') return;
    console.log('      skipped: the stand-ins are scripts of a shell');
    this.skip();
  });

  it('names the command that sets it up', async () => {
    const { code, stderr } = await vcycle(['plan', ...TINY, '--vocabulary', '16', '--backend', 'torch-cpu', 'train(2)'], {
      env: { VCYCLE_PYTHON: '', VCYCLE_CACHE: '/nowhere' },
    });
    assert.equal(code, 2);
    assert.equal(
      stderr,
      'vcycle: backend torch-cpu: needs PyTorch, which is not set up (or name a Python that has it by VCYCLE_PYTHON); run vcycle setup torch\n',
    );
  });

  it('says that there is no such Python', async () => {
    const { message } = await refusalWith('/nowhere/python');
    assert.match(
      message,
      /^needs a Python that runs PyTorch; the worker could not be started \(there is no such program\) \(was that of VCYCLE_PYTHON/,
    );
  });

  it('says that a folder is no program, and names the one in it', async () => {
    const folder = dirname(REPLAY);
    assert.equal(
      (await refusalWith(folder)).message,
      `needs a Python, and VCYCLE_PYTHON names a folder (was ${folder}); name the program, as in ${join(folder, 'bin', 'python')}`,
    );
  });

  const cases: Readonly<Record<string, { readonly script: string; readonly says: RegExp }>> = {
    'a Python without PyTorch': {
      script: sends({ version: PROTOCOL_VERSION, fault: 'torch', message: "No module named 'torch'" }),
      says: /^needs PyTorch, which the Python of VCYCLE_PYTHON \(.*\) cannot import \(No module named 'torch'\)$/,
    },
    'a Python that is too old': {
      script: sends({ version: PROTOCOL_VERSION, fault: 'python', python: '3.9.2' }),
      says: /^needs Python 3\.10 or newer \(was 3\.9\.2, of VCYCLE_PYTHON \(.*\)\)$/,
    },
    'a PyTorch that is too old': {
      script: sends({ version: PROTOCOL_VERSION, fault: 'old', torch: '2.5.1' }),
      says: /^needs PyTorch 2\.6 or newer \(was 2\.5\.1, of VCYCLE_PYTHON \(.*\)\)$/,
    },
    'a worker of another version': {
      script: sends({ version: PROTOCOL_VERSION + 1, fault: 'version' }),
      says: new RegExp(
        `^needs a worker of version ${PROTOCOL_VERSION} \\(was ${PROTOCOL_VERSION + 1}\\): vcycle's own files are of two versions`,
      ),
    },
    'a Python that fails': {
      script: 'echo "SyntaxError: invalid syntax" >&2; exit 1',
      says: /^needs a Python that runs PyTorch; the worker ended \(exit code 1\); its last words: SyntaxError: invalid syntax \(was that of VCYCLE_PYTHON/,
    },
  };
  for (const [title, { script, says }] of Object.entries(cases))
    it(`tells of ${title} in a sentence`, () =>
      withPython(script, async (python) => {
        assert.match((await refusalWith(python)).message, says);
      }));

  it('gives up a worker that says nothing, after as many seconds as its user says', () =>
    withPython('cat <&3 >/dev/null', async (python) => {
      assert.match(
        (await refusalWith(python, { VCYCLE_WORKER_SILENCE: '0.1' })).message,
        /; the worker did not answer for 0\.1 s and was stopped \(was that of/,
      );
      const limits = [
        ['VCYCLE_WORKER_SILENCE', 1],
        ['VCYCLE_RANKS_SILENCE', 2],
        ['VCYCLE_RANKS_PATIENCE', 2],
      ] as const;
      for (const [name, ranks] of limits)
        assert.equal(
          (await refusalWith(python, { [name]: 'soon' }, { threads: 1, ranks })).message,
          `${name} must be seconds above 0, at most 2000000 (was soon); correct it or leave it out`,
        );
      const worker = new WorkerProcess({ python, threads: 1, patience: 0.2 });
      const answer = await worker.ask({ device: 'cpu' });
      assert.deepEqual(answer, E.left('the worker did not answer for 0.2 s and was stopped'));
      await worker.end();
    }));
});

const until = async (what: string, holds: () => boolean, seconds = 30): Promise<void> => {
  const end = performance.now() + seconds * 1000;
  while (!holds()) {
    assert.ok(performance.now() < end, `${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

/** Starts a worker, says its number, and sets it to work that takes minutes, or to none. */
const PARENT = `
const [process_, installation, busy] = [await import(process.argv[1]), await import(process.argv[2]), process.argv[3] === 'busy'];
const worker = new process_.WorkerProcess({ python: installation.torchInstallation().right.python, threads: 1, patience: 600 });
const unwrap = (either) => { if (either._tag === 'Left') throw new Error(either.left); return either.right; };
unwrap(await worker.ask({ device: 'cpu', threads: 1, precision: 'f32', compile: false }));
const size = 2048;
const type = { dtype: 'f32', shape: [size, size] };
const nodes = Array.from({ length: 400 }, (_, index) => ({
  operation: 'matmul', attributes: { transposeA: false, transposeB: false, alpha: 1 }, inputs: [index, 0], outputs: [index + 1] }));
unwrap(await worker.ask({ do: 'compile', program: 0, code: { name: 'long', types: nodes.concat(0).map(() => type), nodes,
  inputs: [{ name: 'x', role: 'batch', value: 0 }], outputs: [{ name: 'y', role: 'tensor', value: nodes.length }] } }));
unwrap(await worker.ask({ do: 'upload', tensor: 0 }, [{ type, data: new Float32Array(size * size) }]));
if (busy) void worker.ask({ do: 'run', program: 0, inputs: [0], outputs: [1] });
await new Promise((resolve) => setTimeout(resolve, 200));
console.log(worker.pid);
setInterval(() => undefined, 1000);
`;

const given = <A>(result: E.Either<unknown, A>): A => (E.isLeft(result) ? assert.fail(JSON.stringify(result.left)) : result.right);

describe("torch-cpu's worker", () => {
  before(function () {
    torchPythonOnLinux(this);
  });

  for (const what of ['idle', 'busy'])
    it(`ends when its parent is killed, ${what === 'idle' ? 'waiting for a message' : 'in the middle of a step'}`, async () => {
      const modules = ['process.js', 'installation.js'].map((file) => new URL(`../../backends/torch/${file}`, import.meta.url).href);
      const parent = spawn(process.execPath, ['--input-type=module', '--eval', PARENT, ...modules, what], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const pid = Number(await new Promise<Buffer>((resolve) => parent.stdout.once('data', resolve)));
      assert.ok(runs(pid), 'the worker runs');
      parent.kill('SIGKILL');
      await until('the worker ends', () => !runs(pid));
    });

  it('must be what a script in place of Python becomes, not what it starts', () =>
    withPython(`${given(torchInstallation()).python} "$@"`, async (python) => {
      assert.match(
        (await refusalWith(python)).message,
        /its last words: it must be a process that vcycle itself starts: a script .* exec python/,
      );
    }));

  it('names the operation of a program that it lacks', async () => {
    const { python } = given(torchInstallation());
    const worker = new WorkerProcess({ python, threads: 1, patience: 60 });
    given(await worker.ask({ device: 'cpu', threads: 1, precision: 'f32', compile: false }));
    const node = { operation: 'fourier', attributes: {}, inputs: [0], outputs: [1] };
    const types = [0, 1].map((): TensorType => ({ dtype: 'f32', shape: [1] }));
    const ports = { inputs: [{ name: 'x', role: 'batch', value: 0 }], outputs: [{ name: 'y', role: 'tensor', value: 1 }] };
    assert.deepEqual(
      await worker.ask({ do: 'compile', program: 0, code: { name: 'newer', types, nodes: [node], ...ports } }),
      E.left('this worker has no operation fourier; use a worker and a program of one version of vcycle'),
    );
    await worker.end();
  });

  it('says in a sentence that memory ran out, and serves on', async () => {
    const { python } = given(torchInstallation());
    const worker = new WorkerProcess({ python, threads: 1, patience: 60 });
    given(await worker.ask({ device: 'cpu', threads: 1, precision: 'f32', compile: false }));
    const scalar: TensorType = { dtype: 'f32', shape: [1, 1] };
    // Of 16 TiB: no machine has them, and none is asked to try.
    const large: TensorType = { dtype: 'f32', shape: [2 ** 21, 2 ** 21] };
    const code = {
      name: 'far too large',
      types: [scalar, large, large],
      nodes: [
        { operation: 'broadcast', attributes: { shape: large.shape }, inputs: [0], outputs: [1] },
        { operation: 'exp', attributes: {}, inputs: [1], outputs: [2] },
      ],
      inputs: [{ name: 'x', role: 'batch', value: 0 }],
      outputs: [{ name: 'y', role: 'tensor', value: 2 }],
    };
    const one = { type: scalar, data: Float32Array.of(7) };
    given(await worker.ask({ do: 'compile', program: 0, code }));
    const failed = await worker.ask({ do: 'run', program: 0, inputs: [null], outputs: [1] }, [one]);
    if (E.isRight(failed)) assert.fail('a tensor of 16 TiB was made');
    assert.match(failed.left, /^out of memory \(.*allocate.*\)$/);
    given(await worker.ask({ do: 'upload', tensor: 2 }, [one]));
    const { tensors } = given(await worker.ask({ do: 'download', tensor: 2 }));
    assert.deepEqual(
      tensors.map(({ data }) => Array.from(data)),
      [[7]],
    );
    await worker.end();
  });

  it('ends the run with exit 1 and its last words when it is killed, and the run can be resumed', () =>
    inFolder({ 'text.txt': CORPUS }, async (cwd) => {
      const args = ['run', ...TINY, '--data', 'text.txt', '--backend', 'torch-cpu', '--threads', '1', '--checkpoint-every', '5'];
      const out = join(cwd, 'out');
      const run = vcycle([...args, '--out', 'out', 'train(20000)'], { cwd });
      await until('a checkpoint', () => existsSync(join(out, 'checkpoints')) && readdirSync(join(out, 'checkpoints')).length > 1);
      const owner = Number(readdirSync(out).flatMap((name) => /^running-(\d+)-/.exec(name)?.[1] ?? [])[0]);
      const [worker = assert.fail('there is no worker')] = childrenOf(owner);
      process.kill(worker, 'SIGKILL');
      const { code, stderr } = await run;
      assert.equal(code, 1, stderr);
      assert.match(stderr, /torch-cpu: .* failed: the worker ended \(SIGKILL, as where memory runs out\); `vcycle resume/);
      assert.match(stderr, /`vcycle resume .*out` continues from its newest checkpoint/);
      const outcome = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')).outcome.kind;
      assert.equal(outcome, 'failed');
      // From a whole checkpoint; to its end it would take long.
      let stop: () => void = assert.fail;
      const resumed = vcycle(['resume', 'out'], {
        cwd,
        onStart: (kill) => {
          stop = () => kill('SIGINT');
        },
      });
      await until('the run continues', () => readFileSync(join(out, 'events.jsonl'), 'utf8').includes('"run-resumed"'));
      stop();
      assert.match((await resumed).stderr, /continuing from checkpoints\/\S+, step \d+/);
    })).timeout(240_000);
});

describe('a recording', () => {
  before(function () {
    if (process.platform !== 'win32') return;
    console.log('      skipped: the stand-ins are scripts of a shell');
    this.skip();
  });

  it('that cannot be written fails the request, and that of a worker that never ran is taken away', () =>
    inFolder({}, async (folder) => {
      const path = join(folder, 'a.rec');
      await withPython('exit 1', async (python) => {
        const before = process.env.VCYCLE_PYTHON;
        process.env.VCYCLE_PYTHON = python;
        try {
          assert.ok(E.isLeft(await createTorchCpu({ threads: 1, record: path })()));
        } finally {
          if (before === undefined) delete process.env.VCYCLE_PYTHON;
          else process.env.VCYCLE_PYTHON = before;
        }
      });
      assert.ok(!existsSync(path));
      const left = 'the recording /dev/full could not be written';
      const recording = { write: () => E.left(left), close: () => undefined };
      await withPython('cat <&3 >/dev/null', async (python) => {
        const worker = new WorkerProcess({ python, threads: 1, patience: 5, recording });
        assert.deepEqual(await worker.ask({ do: 'upload', tensor: 0 }), E.left(left));
        await worker.end();
      });
      const made = given(recordingIn(path));
      given(made.write([Buffer.from('whole')]));
      made.close(true);
      assert.equal(readFileSync(path, 'utf8'), 'whole');
    }));
});

describe('a recorded run', () => {
  const replay = (...args: readonly string[]): { readonly code: number | null; readonly stdout: string; readonly stderr: string } => {
    const installed = torchInstallation();
    if (E.isLeft(installed)) assert.fail(installed.left.missing);
    const { status, stdout, stderr } = spawnSync(installed.right.python, ['-B', REPLAY, ...args], { encoding: 'utf8' });
    return { code: status, stdout, stderr };
  };

  before(function () {
    torchPython(this);
  });

  it('is repeated by Python alone, to the same losses; and what is no recording is told in a sentence', () =>
    inFolder({ 'text.txt': CORPUS }, async (cwd) => {
      const args = ['--data', 'text.txt', '--threads', '1', 'train(3) >> restrict(even) >> train(4) >> prolongate'];
      const recorded = await vcycle(['record', ...TINY, '--to', 'recording', ...args], { cwd });
      assert.equal(recorded.code, 0, recorded.stderr);
      const ran = await vcycle(['run', ...TINY, '--backend', 'torch-cpu', '--out', 'out', ...args], { cwd });
      assert.equal(ran.code, 0, ran.stderr);
      const told = right(readEvents(readFileSync(join(cwd, 'out', 'events.jsonl'), 'utf8')));
      const recording = join(cwd, 'recording');
      const { code, stdout, stderr } = replay(recording);
      assert.equal(code, 0, stderr);
      const { losses, programs } = JSON.parse(stdout);
      const steps = told.flatMap((event) => (event.kind === 'step' ? [event.loss] : []));
      assert.equal(steps.length, 7);
      assert.deepEqual(losses.slice(0, 3), steps.slice(0, 3));
      for (const loss of steps) assert.ok(losses.includes(loss), `${loss} in ${losses}`);
      assert.deepEqual(
        programs.flatMap(({ name, runs }: { name: string; runs: number }) => (name.startsWith('training-step') ? [runs] : [])),
        [3, 4],
      );
      const unwhole = replay(recording, '--threads', '0');
      assert.equal(unwhole.code, 2);
      assert.match(unwhole.stderr, /error: argument --threads: invalid whole number of at least 1 value: '0'\n$/);
      const whole = readFileSync(recording);
      writeFileSync(join(cwd, 'cut'), whole.subarray(0, 5000));
      const version = Buffer.from(`"version":${PROTOCOL_VERSION}`);
      const older = Buffer.from(whole);
      older.write('1', whole.indexOf(version) + version.length - 1);
      writeFileSync(join(cwd, 'older'), older);
      for (const [file, says] of [
        ['cut', /^replay: .*cut is cut off, or no recording of vcycle's; record it again\n$/],
        ['older', /^replay: .*older must be of version 2, as this replay\.py is \(was 1\); record it again, or take/],
        ['text.txt', /^replay: .*text\.txt is (cut off, or )?no recording of vcycle's/],
        ['nowhere', /^replay: .*nowhere cannot be read \(No such file or directory\)\n$/],
      ] as const) {
        const refused = replay(join(cwd, file));
        assert.equal(refused.code, 1, file);
        assert.match(refused.stderr, says);
      }
    })).timeout(240_000);
});
