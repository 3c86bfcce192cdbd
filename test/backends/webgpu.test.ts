/**
 * The WebGPU backends on SwiftShader (on this machine's own GPU where SwiftShader does not run, or with VCYCLE_TEST_GPU=1), in a process
 * of their own: Vulkan's loader reads its environment when a process starts. What runs there is in `webgpu.suite.ts`. And: what the
 * backends say where there is no device.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { TINY, vcycle } from '../cli/vcycle.js';
import { runSuite } from './suite-process.js';
import { swiftshaderEnvironment, swiftshaderRunsHere } from './swiftshader.js';

const MINUTES = 60_000;
const suite = fileURLToPath(new URL('webgpu.suite.js', import.meta.url));
const software = swiftshaderRunsHere && process.env.VCYCLE_TEST_GPU !== '1';

describe('WebGPU backends', () => {
  it(`keep the contract ${software ? 'on SwiftShader' : "on this machine's GPU"}`, async function () {
    this.timeout(15 * MINUTES);
    const { passes, skipped } = await runSuite(suite, software ? await swiftshaderEnvironment() : {});
    if (software) assert.deepEqual(skipped, [], 'nothing is skipped where there is a device');
    else if (passes === 0) this.skip();
  });

  it('say what is missing where there is no device', async function () {
    if (!swiftshaderRunsHere) {
      console.log('      skipped: without SwiftShader there is no way to take the device away on this system');
      this.skip();
    }
    // A loader, and a driver file that is not there: it finds no device, even on a machine with a GPU.
    const hidden = { ...(await swiftshaderEnvironment()), VK_DRIVER_FILES: '/nowhere.json', VK_ICD_FILENAMES: '/nowhere.json' };
    const env = { ...process.env, ...hidden };
    const script = `
      const load = async (path, name) => (await import(path))[name]();
      for (const [path, name] of JSON.parse(process.argv[1])) {
        const made = await (await load(path, name))();
        console.log(JSON.stringify(made.left ?? 'made'));
      }`;
    const made = [
      [new URL('../../backends/tfjs/webgpu-node.js', import.meta.url).href, 'createTfjsWebgpu'],
      [new URL('../../backends/onnx/webgpu-node.js', import.meta.url).href, 'createOnnxWebgpu'],
    ];
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', script, JSON.stringify(made)],
      {
        env,
      },
    );
    assert.equal(stderr, '', 'what the runtimes have to say themselves');
    const [tfjs, onnx] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    for (const [error, backend] of [
      [tfjs, 'tfjs-webgpu'],
      [onnx, 'onnx-webgpu'],
    ] as const) {
      assert.equal(error.kind, 'unavailable');
      assert.equal(error.backend, backend);
      assert.equal(
        error.message,
        'needs a GPU whose driver speaks Vulkan, Metal or Direct3D 12 (was: VK_DRIVER_FILES is set, and names no driver that gives a device); run unset VK_DRIVER_FILES',
      );
      assert.equal(error.remedy.command, 'unset VK_DRIVER_FILES');
      const plan = ['plan', ...TINY, '--vocabulary', '16', '--backend', backend, 'train(2)'];
      assert.deepEqual(await vcycle(plan, { env: hidden }), {
        code: 2,
        stdout: '',
        stderr: `vcycle: backend ${backend}: ${error.message}\n`,
      });
      const told = await vcycle(['backends', backend], { env: hidden });
      assert.equal(told.stderr, '');
      assert.match(told.stdout, /^ {2}run: unset VK_DRIVER_FILES$/m);
    }
  });
});
