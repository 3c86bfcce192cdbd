/**
 * Arms of a branch that run at once in processes of PyTorch: the bits of arms in turn on as many ranks each, cards and processors shared out, and one that
 * is killed, which ends the run. Where PyTorch is set up; a printed skip elsewhere. Not here: what may happen between arms
 * (`test/runner/arms-at-once.test.ts`).
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTorchCpu } from '../../backends/torch/cpu.js';
import { settingsOfArm } from '../../backends/torch/create.js';
import { createTorchCuda } from '../../backends/torch/cuda.js';
import { CORPUS, inFolder, tinyWith, vcycle } from '../cli/vcycle.js';
import { childrenOf, runs } from './processes.js';
import { torchPythonOnLinux } from './with-torch.js';

describe('the processes of arms that run at once', () => {
  const settings = { device: 'cuda', threads: 6, precision: 'f32', compile: false, place: undefined, card: 0 } as const;
  const share = (ranks: number, arms: number, threadsGiven = false) =>
    Array.from({ length: arms }, (_, arm) => settingsOfArm({ ...settings, ranks }, { arm, arms, threadsGiven })).map((own) => [
      own.ranks,
      own.card,
      own.threads,
    ]);

  it('share ranks and cards, and where there is one process its processors', () => {
    assert.deepEqual(share(8, 2), [
      [4, 0, 6],
      [4, 4, 6],
    ]);
    assert.deepEqual(share(3, 3), [
      [1, 0, 6],
      [1, 1, 6],
      [1, 2, 6],
    ]);
    assert.deepEqual(
      share(1, 2).map(([, , threads]) => threads),
      [3, 3],
    );
    assert.deepEqual(
      share(1, 2, true).map(([, , threads]) => threads),
      [6, 6],
    );
    assert.deepEqual(
      share(1, 8).map(([, , threads]) => threads),
      [1, 1, 1, 1, 1, 1, 1, 1],
    );
  });

  it('are refused on several machines, and in a recording', async () => {
    const refusal = async (create: typeof createTorchCpu, options: object): Promise<string> => {
      const made = await create({ armsAtOnce: true, ...options })();
      return made._tag === 'Left' ? made.left.message : assert.fail('it was made');
    };
    const place = { nodes: 2, node: 0, address: '127.0.0.1', port: 29500 };
    assert.match(
      await refusal(createTorchCpu, { place }),
      /runs arms at once on one machine only; let them run in turn, or name no other machines$/,
    );
    assert.match(await refusal(createTorchCpu, { record: 'x' }), /cannot record arms that run at once/);
    assert.match(
      await refusal(createTorchCuda, {}),
      /runs each of several arms at once on cards of its own; name as many ranks as there are cards/,
    );
  });
});

describe('arms at once on torch-cpu', function () {
  this.timeout(240_000);
  before(function () {
    torchPythonOnLinux(this);
  });

  const ARMS = '( restrict(even) >> train(3) >> prolongate | restrict(odd) >> train(2) >> prolongate )';
  const common = ['--data', 'text.txt', '--backend', 'torch-cpu', '--threads', '1'];

  it('give the bits of arms in turn on one process, each on one of two ranks or in a process of its own', () =>
    inFolder({ 'text.txt': CORPUS }, async (cwd) => {
      const run = async (out: string, ...how: readonly string[]) => {
        const { code, stderr, stdout } = await vcycle(['run', ...tinyWith(), ...common, ...how, ARMS, '--out', out], { cwd });
        assert.equal(code, 0, stderr);
        return { stdout, model: readFileSync(join(cwd, out, 'model', 'model.safetensors')) };
      };
      const inTurn = await run('in-turn');
      const alone = await run('alone', '--branches', 'parallel');
      const ranks = await run('ranks', '--branches', 'parallel', '--ranks', '2');
      for (const { model } of [alone, ranks]) assert.ok(model.equals(inTurn.model));
      assert.match(alone.stdout, /torch-cpu \(CPU, 1 thread, arms at once\)/);
      assert.match(ranks.stdout.replace(/\s+/g, ' '), /Each rank contributed 80 B to means over all ranks, as planned/);
      assert.match(ranks.stdout.replace(/\s+/g, ' '), /each of 2 ranks, arms at once/);
    }));

  it('end the run when the process of one is killed, with its name, and none stays; the run is resumed in turn', () =>
    inFolder({ 'text.txt': CORPUS }, async (cwd) => {
      const arms = '( train(20000) | train(20000) )';
      const args = ['run', ...tinyWith(), ...common, '--branches', 'parallel', '--checkpoint-every', '5', '--out', 'out', arms];
      const running = vcycle(args, { cwd });
      const out = join(cwd, 'out');
      const until = async (holds: () => boolean): Promise<void> => {
        for (const end = performance.now() + 60_000; !holds(); ) {
          assert.ok(performance.now() < end, 'not within a minute');
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      };
      await until(() => existsSync(join(out, 'checkpoints')) && readdirSync(join(out, 'checkpoints')).length > 1);
      const owner = Number(readdirSync(out).flatMap((name) => /^running-(\d+)-/.exec(name)?.[1] ?? [])[0]);
      const workers = childrenOf(owner);
      assert.equal(workers.length, 3, 'one for the run and one for each arm');
      const began = performance.now();
      process.kill(Math.max(...workers), 'SIGKILL');
      const { code, stderr } = await running;
      assert.equal(code, 1, stderr);
      assert.match(stderr, /^vcycle: stage 1\.\d, arm \d of 2: torch-cpu: [^\n]* failed: the worker ended \(SIGKILL/m);
      assert.ok(performance.now() - began < 30_000);
      await until(() => !workers.some(runs));
      let stop: () => void = assert.fail;
      const resumed = vcycle(['resume', 'out', '--branches', 'in-turn'], { cwd, onStart: (kill) => (stop = () => kill('SIGINT')) });
      await until(() => readFileSync(join(out, 'events.jsonl'), 'utf8').includes('"run-resumed"'));
      stop();
      const said = (await resumed).stderr;
      assert.match(said, /continuing from checkpoints\/\S+, step \d+/);
      assert.match(said, /the run began with arms at once and continues with arms in turn: to the same losses within their precision/);
    }));
});
