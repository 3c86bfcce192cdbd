/**
 * The backends on TensorFlow's C library, each in a process of its own: the common suite where `vcycle setup` was run, a printed skip
 * where it was not; and a GPU that is not there, which is an error.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { factsOfMachine } from '../../backends/machine/facts.js';
import { withoutNvidia } from '../../backends/machine/remedies.js';
import { installationOf, type TensorflowBackend } from '../../backends/tfjs/tensorflow/installation.js';
import { inFolder, node, TINY, vcycle } from '../cli/vcycle.js';
import { runSuite } from './suite-process.js';

const suite = fileURLToPath(new URL('tensorflow.suite.js', import.meta.url));

const skipUnlessSetUp = (context: Mocha.Context, backend: TensorflowBackend, options = ''): void => {
  if (installationOf(backend) !== undefined) return;
  console.log(`      skipped: ${backend} is not set up; run vcycle setup ${backend}${options}`);
  context.skip();
};

describe('TensorFlow backends', () => {
  it('tfjs-node keeps the contract', async function () {
    this.timeout(600_000);
    skipUnlessSetUp(this, 'tfjs-node');
    const { skipped } = await runSuite(suite, { VCYCLE_TEST_BACKEND: 'tfjs-node' });
    assert.deepEqual(skipped, []);
  });

  it('tfjs-cuda keeps the contract (on the CPU where there is no GPU, with leave)', async function () {
    this.timeout(600_000);
    skipUnlessSetUp(this, 'tfjs-cuda', ' --allow-cpu');
    const { skipped } = await runSuite(suite, { VCYCLE_TEST_BACKEND: 'tfjs-cuda' });
    assert.deepEqual(skipped, []);
  });
});

describe('tfjs-cuda where TensorFlow sees no GPU', () => {
  const tiny = ['plan', ...TINY, '--vocabulary', '16', '--backend', 'tfjs-cuda', 'train(2)'];
  // What TensorFlow sees is none, whatever the machine has.
  const hidden = { env: { CUDA_VISIBLE_DEVICES: '-1' } };

  it('is an error that names what is missing', async function () {
    skipUnlessSetUp(this, 'tfjs-cuda', ' --allow-cpu');
    const { code, stdout, stderr } = await vcycle(tiny, hidden);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    const said =
      /^vcycle: backend tfjs-cuda: needs an NVIDIA GPU that TensorFlow can use \(was: (.+)\); --allow-cpu computes on the CPU instead(; run .+)?\n$/;
    const [, missing] = said.exec(stderr) ?? assert.fail(stderr);
    const absent = withoutNvidia(factsOfMachine());
    // Without card or driver the sentence is all that is reported: TensorFlow with its notes is not loaded.
    if (absent !== undefined) assert.equal(missing, absent.missing);
  });

  it('computes on the CPU when told to, and every table says so', async function () {
    skipUnlessSetUp(this, 'tfjs-cuda', ' --allow-cpu');
    this.timeout(120_000);
    const said = /tfjs-cuda \(the CPU, \d+ threads, NOT a GPU, as was allowed\)/;
    const plan = await vcycle([...tiny, '--allow-cpu'], hidden);
    assert.equal(plan.code, 0, plan.stderr);
    assert.match(plan.stdout, said);
    await inFolder({ 'text.txt': 'the cat sat on the mat, then ate.\n'.repeat(100) }, async (cwd) => {
      const args = ['run', ...TINY, '--data', 'text.txt', '--backend', 'tfjs-cuda', '--allow-cpu', '--out', 'out', 'train(2)'];
      const run = await vcycle(args, { ...hidden, cwd });
      assert.equal(run.code, 0, run.stderr);
      assert.match(run.stdout, said);
    });
    const doctor = await vcycle(['backends', 'tfjs-cuda', '--allow-cpu'], hidden);
    assert.match(doctor.stdout, /device: the CPU, \d+ threads, NOT a GPU, as was allowed/);
  });
});

/** Packages in place of TensorFlow's, which load in no time; and what they are asked. */
const STAND_INS = {
  'node/package.json': '{}',
  'node/node_modules/@tensorflow/tfjs-core/index.js': '',
  'node/node_modules/@tensorflow/tfjs-node/index.js': 'exports.backend = () => ({});',
  'cuda/package.json': '{}',
  'cuda/node_modules/@tensorflow/tfjs-core/index.js': '',
  'cuda/node_modules/@tensorflow/tfjs-node-gpu/index.js': 'exports.backend = () => ({});',
  'ask.mjs': `
    const { loadTensorflow } = await import(process.argv[2]);
    const [first, again, other] = [['tfjs-node', 'node'], ['tfjs-node', 'node'], ['tfjs-cuda', 'cuda']].map(([name, folder]) =>
      loadTensorflow(name, { folder: process.argv[3] + '/' + folder }, 1));
    console.log(JSON.stringify([first._tag, again._tag, again.right === first.right, other.left]));`,
} as const;

describe('two backends on TensorFlow in one process', () => {
  it('are one too many: the second is refused, in a sentence that names the first', () =>
    inFolder(STAND_INS, async (folder) => {
      const load = new URL('../../backends/tfjs/tensorflow/load.js', import.meta.url).href;
      const { code, stdout, stderr } = await node(join(folder, 'ask.mjs'), [load, folder]);
      assert.equal(code, 0, stderr);
      const missing = 'cannot run in a process in which tfjs-node has run: TensorFlow is loaded once; use another process';
      assert.deepEqual(JSON.parse(stdout), [
        'Right',
        'Right',
        true,
        { kind: 'unavailable', backend: 'tfjs-cuda', message: missing, remedy: { missing } },
      ]);
    }));
});

describe('--allow-cpu and --backend', () => {
  it('are refused where they mean nothing', async () => {
    const plan = ['plan', ...TINY, '--vocabulary', '16', 'train(2)'];
    const allowed = await vcycle([...plan, '--allow-cpu']);
    assert.equal(allowed.code, 2);
    assert.equal(allowed.stderr, 'vcycle: --allow-cpu is for --backend tfjs-cuda only (was --backend onnx-cpu); leave it out\n');
    const twice = await vcycle([...plan, '--backend', 'null', '--backend', 'onnx-cpu']);
    assert.equal(twice.code, 2);
    assert.match(
      twice.stderr,
      /^vcycle: option '--backend <name>' argument 'onnx-cpu' is invalid\. It must be given once \(was null, then onnx-cpu\)\.\n$/,
    );
  });
});
