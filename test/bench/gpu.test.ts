/**
 * The benchmark of a GPU as far as a machine without one goes: what `bench/gpu/run.py` and `bench/gpu/main.ts` say of bad input, and a whole tiny measurement.
 * Speed is not tested.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { moduleFiles } from '../../bench/gpu/modules.js';
import { ownFiles } from '../../bench/gpu/own-files.js';
import type { GpuResults } from '../../bench/gpu/results.js';
import { sheetRate } from '../../bench/gpu/settings.js';

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const call = (command: string, args: readonly string[]): Promise<Ended> =>
  promisify(execFile)(command, args).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: Ended) => error,
  );

const MAIN = join('dist', 'bench', 'gpu', 'main.js');

describe('the benchmark of a GPU', () => {
  it('refuses unknown backends and invalid counts', async () => {
    for (const [args, sentence] of [
      [['--backends', 'cuda'], /cuda.*Allowed choices are torch-cuda, onnx-webgpu, tfjs-webgpu/],
      [['--steps', '0'], /must be a whole number above 0 \(was 0\)/],
    ] as const) {
      const { code, stderr } = await call(process.execPath, [MAIN, ...args]);
      assert.equal(code, 2);
      assert.match(stderr, sentence);
    }
  });

  it('measures what there is, and says what was skipped and why', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vcycle-'));
    try {
      const out = join(folder, 'gpu.json');
      const args = [MAIN, '--quick', '--backends', 'onnx-cpu', '--python', join(folder, 'no-python'), '--out', out];
      const { code, stdout } = await call(process.execPath, args);
      assert.equal(code, 0, stdout);
      const { steps, products }: GpuResults = JSON.parse(readFileSync(out, 'utf8'));
      assert.deepEqual(
        steps.map(({ name, step }) => [name, step.kind]),
        [
          ['onnx-cpu', 'measured'],
          ['PyTorch eager', 'skipped'],
          ['torch.compile', 'skipped'],
        ],
      );
      const [ours] = steps;
      assert.ok(ours?.step.kind === 'measured' && ours.step.tokensPerSecond > 0 && (ours.step.rate ?? 0) > 0);
      assert.ok(products.some(({ name, product }) => name === 'onnx-cpu' && product.kind === 'measured' && product.best > 0));
      assert.match(stdout, /PyTorch eager was skipped: .*no-python/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('packs of what vcycle depends on the files that a step loads, once each, and no others of that size', () => {
    const files = moduleFiles(process.cwd()).filter((file) => !/onnxruntime-node|webgpu/.test(file));
    assert.ok(files.includes(join('node_modules', 'sql.js', 'dist', 'sql-wasm.js')));
    assert.ok(files.includes(join('node_modules', 'sql.js', 'dist', 'sql-wasm.wasm')));
    assert.deepEqual(
      files.filter((file) => statSync(file).size > 2 ** 21),
      [],
    );
  });

  it('packs a command line that starts, and the worker with its replay', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vcycle-'));
    try {
      const files = ownFiles();
      for (const file of files) cpSync(file, join(folder, file));
      symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
      const sizes = '--layers 2 --width 8 --heads 2 --context 8 --batch 2 --vocabulary 16'.split(' ');
      const main = join(folder, 'dist', 'src', 'cli', 'main.js');
      const { code, stdout, stderr } = await call(process.execPath, [main, 'plan', ...sizes, 'train(1)']);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /train\(1\)/);
      const worker = join('backends', 'torch', 'worker');
      for (const file of readdirSync(worker).filter((name) => name.endsWith('.py'))) assert.ok(files.includes(join(worker, file)), file);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("knows cards by what runtimes call them, and guesses no other's rate", () => {
    assert.equal(sheetRate('NVIDIA H200'), 67e12);
    assert.equal(sheetRate('NVIDIA H100 PCIe'), 51e12);
    assert.equal(sheetRate('NVIDIA L4'), 30.3e12);
    assert.equal(sheetRate('NVIDIA L40S'), 91.6e12);
    assert.equal(sheetRate('NVIDIA A10G', 'bf16'), 70e12);
    assert.equal(sheetRate('Tesla V100-SXM2-16GB', 'bf16'), undefined);
    assert.equal(sheetRate('google swiftshader'), undefined);
  });

  it('says on the far side which archives are missing, and leaves nothing', async function () {
    const { code: noPython } = await call('python3', ['--version']);
    if (noPython !== 0) {
      console.log('      skipped: there is no python3');
      this.skip();
    }
    const folder = mkdtempSync(join(tmpdir(), 'vcycle-'));
    try {
      copyFileSync(join('bench', 'gpu', 'run.py'), join(folder, 'run.py'));
      const { code, stderr } = await call('python3', [join(folder, 'run.py'), '--quick']);
      assert.equal(code, 2);
      assert.match(
        stderr,
        process.platform === 'linux' && process.arch === 'x64' ? /^node\.tar\.xz, .* must lie beside run\.py/ : /for Linux on x64/,
      );
      assert.ok(!existsSync(join(folder, 'unpacked')));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
