/** `vcycle backends`, `vcycle doctor`, `vcycle --help` and `--version`. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { processorsOfProcess } from '../../backends/machine/processors.js';
import { vcycle } from './vcycle.js';

describe('backends', () => {
  it('are told with what they need and what they say of themselves', async () => {
    const { code, stdout, stderr } = await vcycle(['backends', '--json']);
    assert.equal(code, 0, stderr);
    const { backends } = JSON.parse(stdout);
    const names = backends.map(({ name }: { name: string }) => name);
    assert.ok(names.includes('onnx-cpu') && names.includes('null'), String(names));
    for (const backend of backends) {
      assert.ok(backend.needs.length > 0);
      if (backend.usable) assert.ok(backend.capabilities.operations.includes('matmul'), backend.name);
      else assert.ok(backend.reason.length > 0);
    }
    const people = await vcycle(['backends']);
    for (const name of names) assert.ok(people.stdout.includes(`${name}\n`));
  });
});

describe('doctor', () => {
  it('tells Node, cores, memory and every backend, and what brings those that are missing', async () => {
    const { code, stdout, stderr } = await vcycle(['doctor']);
    assert.equal(code, 0, stderr);
    assert.ok(stdout.includes(process.versions.node));
    assert.match(stdout, new RegExp(`^ok +processors +${processorsOfProcess().processors} `, 'm'));
    assert.match(stdout, /^ok +memory +\S+ \SiB free of /m);
    const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json');
    assert.match(stdout, new RegExp(`^ok +onnx-cpu +CPU, .*onnxruntime-node ${version}`, 'm'));
    const { findings, backends } = JSON.parse((await vcycle(['doctor', '--json'])).stdout);
    assert.equal(findings.length, stdout.match(/^(ok|MISSING) /gm)?.length);
    // A line ends where a terminal of 80 columns does; only a command is never broken.
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80 || line.trimStart().startsWith('run: '), line);
    for (const { name, usable, missing, command } of backends) {
      const finding = findings.find((found: { name: string }) => found.name === name);
      assert.equal(finding.ok, usable);
      if (usable) continue;
      assert.equal(finding.finding, missing);
      assert.equal(finding.command, command);
      if (command !== undefined) assert.ok(stdout.includes(`run: ${command}\n`), `${command} is not in\n${stdout}`);
    }
  });

  it('names the command for what can be set up', async () => {
    // Nothing is set up in a cache that is not there.
    const { stdout } = await vcycle(['doctor', '--allow-cpu'], { env: { VCYCLE_CACHE: '/nowhere' } });
    assert.match(stdout, /^MISSING +tfjs-node .*\n +run: vcycle setup tfjs-node$/m);
    assert.match(stdout, /^MISSING +tfjs-cuda .*\n +run: vcycle setup --allow-cpu tfjs-cuda$/m);
  });
});

describe('help', () => {
  it('lists the commands, and nothing is wrong with asking', async () => {
    const { code, stdout, stderr } = await vcycle(['--help']);
    assert.equal(code, 0);
    assert.equal(stderr, '');
    for (const command of ['plan', 'compile', 'run', 'sample', 'backends', 'doctor'])
      assert.match(stdout, new RegExp(`^ {2}${command} `, 'm'));
    const plan = await vcycle(['plan', '--help']);
    assert.equal(plan.code, 0);
    assert.match(plan.stdout, /--no-bias/);
  });

  it('comes with the version of the package', async () => {
    assert.match((await vcycle(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
  });
});
