/**
 * `vcycle setup torch` where something is missing: what it says, and that it leaves what it found. Python and pip are stand-ins here; that the real ones
 * give a PyTorch that works is shown by `test/backends/torch.test.ts`.
 */
import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Ended, inFolder, vcycle } from './vcycle.js';

const fail = (said: string): string => `console.error(${JSON.stringify(said)}); process.exit(1);`;

/** A Python that makes environments with itself in them; what its pip does is given, and has the requirement at hand. */
const python = (pip: string, check = 'console.log(\'{"torch": "2.13.0+cpu", "cuda": false}\');'): string => `
  const fs = require('node:fs');
  const [option, what, third] = process.argv.slice(2);
  if (what === 'venv') {
    fs.mkdirSync(third + '/bin', { recursive: true });
    fs.copyFileSync(__filename, third + '/bin/python');
  } else if (what === 'pip') {
    const requirement = process.argv.at(-1);
    ${pip}
  } else if (!what.includes('ensurepip')) { ${check} }`;

const setUp = async (python3: string | undefined, folder: string, ...args: readonly string[]): Promise<Ended> => {
  const bin = join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  if (python3 !== undefined) {
    await writeFile(join(bin, 'python3'), `#!${process.execPath}\n${python3}\n`);
    await chmod(join(bin, 'python3'), 0o755);
  }
  return vcycle(['setup', ...args, 'torch'], { env: { PATH: bin, VCYCLE_CACHE: join(folder, 'cache') } });
};

/** What V8 compiled of the command line is kept beside it. */
const installed = async (folder: string): Promise<readonly string[]> =>
  (await readdir(join(folder, 'cache'))).filter((name) => name !== 'code');

const failures: Readonly<Record<string, { readonly python3?: string; readonly says: RegExp }>> = {
  'there is no Python': {
    says: /needs Python 3\.10 or newer with venv and pip \(tried python3 and python\); on Debian or Ubuntu: sudo apt install python3-venv$/,
  },
  'the index cannot be reached': {
    python3: python(fail('NewConnectionError: Name or service not known')),
    says: /pip could not install torch==2\.13\.0\S*: the package index cannot be reached \(NewConnectionError: .*\); connect and run it again$/,
  },
  'there is no such build': {
    python3: python(fail('ERROR: No matching distribution found for torch')),
    says: /pip could not install torch==2\.13\.0\S*: ERROR: No matching distribution found for torch$/,
  },
  'the disk is full': {
    python3: python(fail('OSError: [Errno 28] No space left on device')),
    says: /the disk is full; make room and run it again$/,
  },
  'what was installed does not work': {
    python3: python('', fail('ImportError: libgomp.so.1: cannot open shared object file')),
    says: /PyTorch was installed and does not work: ImportError: libgomp\.so\.1: cannot open shared object file$/,
  },
};

describe('setup torch', () => {
  before(function () {
    if (process.platform === 'linux') return;
    console.log('      skipped: the stand-ins are scripts for Linux');
    this.skip();
  });

  for (const [title, { python3, says }] of Object.entries(failures))
    it(`${title}: one sentence, exit 1, nothing half done`, () =>
      inFolder({}, async (folder) => {
        const { code, stdout, stderr } = await setUp(python3, folder);
        assert.equal(code, 1, stderr);
        assert.equal(stdout, '');
        const last = stderr.trimEnd().split('\n').at(-1) ?? '';
        assert.match(last, /^vcycle: setup torch: /);
        assert.match(last, says);
        assert.deepEqual(await installed(folder), []);
      }));

  it('takes what another index has where the first has no build for the CPU alone; does nothing where it is done; and takes all of it away', () =>
    inFolder({}, async (folder) => {
      const python3 = python(`if (requirement.includes('+cpu')) { ${fail('ERROR: No matching distribution found')} }`);
      const made = await setUp(python3, folder);
      assert.equal(made.code, 0, made.stderr);
      assert.match(made.stdout, /^torch: set up: PyTorch 2\.13\.0\+cpu, in .*torch-2\.13\.0\n$/);
      assert.match((await setUp(undefined, folder)).stdout, /^torch: is set up: PyTorch 2\.13\.0\+cpu, in /);
      const again = await setUp(python(fail('ERROR: No matching distribution found')), folder, '--again');
      assert.equal(again.code, 1);
      assert.deepEqual(await installed(folder), ['torch-2.13.0'], 'what was there before is there');
      const own = join(folder, 'cache', 'torch-2.13.0');
      await writeFile(join(own, 'setup.json'), '{"torch"');
      assert.match((await setUp(python3, folder)).stdout, /^torch: set up/, 'its note was cut off');
      await rm(join(own, 'bin', 'python'));
      assert.match((await setUp(python3, folder)).stdout, /^torch: set up/, 'its Python was taken away');
      assert.equal((await setUp(undefined, folder, '--remove')).stdout, 'torch: removed\n');
      assert.deepEqual(await installed(folder), []);
      assert.equal((await setUp(undefined, folder, '--remove')).stdout, 'torch: was not set up\n');
    }));
});
