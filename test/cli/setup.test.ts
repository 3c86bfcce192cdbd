/**
 * `vcycle setup` where something is missing: what it says, and that it leaves what it found. npm, pip and the compiler are stand-ins
 * here; that the real ones give a binding that works is shown by `test/backends/tensorflow.test.ts`.
 */
import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Ended, inFolder, vcycle } from './vcycle.js';

/** What a stand-in does: the body of a script of Node's. */
type Tools = Readonly<Record<string, string>>;

const fail = (said: string): string => `console.error(${JSON.stringify(said)}); process.exit(1);`;

/** An npm project with a package whose own download fails. */
const npm = `
  const fs = require('node:fs');
  fs.mkdirSync('node_modules/@tensorflow/tfjs-node/scripts', { recursive: true });
  fs.writeFileSync('node_modules/@tensorflow/tfjs-node/package.json', '{ "name": "@tensorflow/tfjs-node" }');
  fs.writeFileSync('node_modules/@tensorflow/tfjs-node/scripts/install.js', 'console.error("Error: getaddrinfo ENOTFOUND storage"); process.exit(1);');`;

/** A pip that gives a wheel of the right form. */
const python3 = `
  const fs = require('node:fs');
  const target = process.argv[process.argv.indexOf('--target') + 1];
  if (process.argv.includes('--target')) {
    fs.mkdirSync(target + '/tensorflow/include', { recursive: true });
    fs.mkdirSync(target + '/tensorflow/python', { recursive: true });
    for (const name of ['cc', 'framework']) fs.writeFileSync(target + '/tensorflow/libtensorflow_' + name + '.so.2', '');
  }`;

const pip = (said: string): string => `if (process.argv.includes('--target')) { ${fail(said)} }`;

const setUp = async (tools: Tools, folder: string, ...args: readonly string[]): Promise<Ended> => {
  const bin = join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  for (const [name, script] of Object.entries(tools)) {
    await writeFile(join(bin, name), `#!${process.execPath}\n${script}\n`);
    await chmod(join(bin, name), 0o755);
  }
  // Nothing but the stand-ins is found.
  return vcycle(['setup', ...args, 'tfjs-node'], { env: { PATH: bin, VCYCLE_CACHE: join(folder, 'cache'), CXX: '' } });
};

const failures: Readonly<Record<string, { readonly tools: Tools; readonly says: RegExp; readonly left?: readonly string[] }>> = {
  'there is no npm': { tools: {}, says: /npm could not install @tensorflow\/tfjs-node@4\.22\.0 .*: there is no npm on the PATH$/ },
  'the registry cannot be reached': {
    tools: { npm: fail('npm error code ENOTFOUND') },
    says: /the npm registry cannot be reached \(npm error code ENOTFOUND\); connect and run it again$/,
  },
  'the registry cannot be reached, and a stack says where that was noticed': {
    tools: { npm: fail('Error: connect ECONNREFUSED\n    at emitErrorCloseNT (node:internal)\nnpm error     at onError (node:net)') },
    says: /the npm registry cannot be reached \(Error: connect ECONNREFUSED\); connect and run it again$/,
  },
  'the disk is full': {
    tools: { npm: fail('npm error ENOSPC: no space left on device') },
    says: /the disk is full; make room and run it again$/,
  },
  'there is no Python': {
    tools: { npm },
    says: /needs Python with pip, .* \(tried python3 and python\); on Debian or Ubuntu: sudo apt install python3-pip \(and of the package's own download: the own download of @tensorflow\/tfjs-node failed: its server cannot be reached \(Error: getaddrinfo ENOTFOUND storage\).*\)$/,
  },
  'PyPI cannot be reached': {
    tools: { npm, python3: pip('NewConnectionError: Name or service not known') },
    says: /pip could not install tensorflow\S*>=2\.16,<3: PyPI cannot be reached/,
  },
  'PyPI has no wheel for this Python': {
    tools: { npm, python3: pip('ERROR: No matching distribution found for tensorflow-cpu') },
    says: /pip could not install .*: ERROR: No matching distribution found for tensorflow-cpu/,
  },
  'there is no compiler': {
    tools: { npm, python3 },
    says: /needs a C\+\+ compiler, .* \(tried c\+\+\); on Debian or Ubuntu: sudo apt install g\+\+/,
    left: ['tensorflow-cpu'],
  },
  'the binding does not compile': {
    tools: { npm, python3, 'c++': fail('tfjs_backend.cc:1: fatal error: tensorflow/c/c_api.h: No such file') },
    says: /the binding of tfjs-node did not compile: tfjs_backend\.cc:1: fatal error: tensorflow\/c\/c_api\.h: No such file/,
    left: ['tensorflow-cpu'],
  },
  'the binding does not load': {
    tools: { npm, python3, 'c++': '' },
    says: /the binding of @tensorflow\/tfjs-node does not work: .*did not start: .*/,
    left: ['tensorflow-cpu'],
  },
};

describe('setup', () => {
  before(function () {
    if (process.platform === 'linux') return;
    console.log('      skipped: the stand-ins are scripts for Linux, where alone bindings are compiled');
    this.skip();
  });

  for (const [title, { tools, says, left = [] }] of Object.entries(failures))
    it(`${title}: one sentence, exit 1, nothing half done`, () =>
      inFolder({}, async (folder) => {
        const { code, stdout, stderr } = await setUp(tools, folder);
        assert.equal(code, 1, stderr);
        assert.equal(stdout, '');
        const last = stderr.trimEnd().split('\n').at(-1) ?? '';
        assert.match(last, /^vcycle: setup tfjs-node: /);
        assert.match(last, says);
        assert.deepEqual(await readdir(join(folder, 'cache')), left);
      }));

  it('keeps what was set up before when it fails, and throws the Python of a wheel away', () =>
    inFolder(
      { 'cache/tfjs-node-4.22.0/setup.json': '{ "tensorflow": "2.0", "library": { "from": "download" }, "cuda": false }' },
      async (folder) => {
        const again = await setUp({ npm, python3, 'c++': '' }, folder, '--again');
        assert.equal(again.code, 1);
        assert.deepEqual((await readdir(join(folder, 'cache'))).sort(), ['tensorflow-cpu', 'tfjs-node-4.22.0']);
        assert.match(await readFile(join(folder, 'cache', 'tfjs-node-4.22.0', 'setup.json'), 'utf8'), /"2\.0"/);
        assert.deepEqual((await readdir(join(folder, 'cache', 'tensorflow-cpu', 'tensorflow'))).includes('python'), false);
      },
    ));

  it('does nothing where it is done, and takes all of it away', () =>
    inFolder(
      { 'cache/tfjs-node-4.22.0/setup.json': '{ "tensorflow": "2.0", "library": { "from": "download" }, "cuda": false }' },
      async (folder) => {
        const done = await setUp({}, folder);
        assert.equal(done.code, 0, done.stderr);
        assert.match(done.stdout, /^tfjs-node: is set up: TensorFlow 2\.0, the package's own library, in /);
        const removed = await setUp({}, folder, '--remove');
        assert.equal(removed.stdout, 'tfjs-node: removed\n');
        // What V8 compiled of the command line is kept beside it.
        const left = (await readdir(folder, { recursive: true })).filter((path) => !/^bin\b|^cache$|^cache.code\b/.test(path));
        assert.deepEqual(left, []);
        assert.equal((await setUp({}, folder, '--remove')).stdout, 'tfjs-node: was not set up\n');
      },
    ));

  it('says where it cannot keep anything, in /proc too, where Node would try for ever', () =>
    inFolder({ file: 'not a folder' }, async (folder) => {
      for (const cache of ['/proc/nowhere/cache', join(folder, 'file'), join(folder, 'file', 'cache')]) {
        const { code, stderr } = await vcycle(['setup', 'tfjs-node'], { env: { VCYCLE_CACHE: cache } });
        assert.equal(code, 1);
        assert.match(stderr, /^vcycle: setup tfjs-node: cannot make the folder .*; set VCYCLE_CACHE to a folder that you can write$/m);
      }
    }));

  it('knows what it can set up', async () => {
    const { code, stderr } = await vcycle(['setup', 'tfjs-wasm']);
    assert.equal(code, 2);
    assert.match(stderr, /'tfjs-wasm' is invalid .*Allowed choices are tfjs-node, tfjs-cuda/);
  });
});
