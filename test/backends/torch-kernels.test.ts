/**
 * Kernels that PyTorch's compiler writes for one part are compiled as one C++ file, and compute what they would by themselves. A printed skip where
 * PyTorch is not set up, and where there is no compiler.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { REPLAY } from '../../backends/torch/recording.js';
import { inFolder } from '../cli/vcycle.js';
import { torchPython } from './with-torch.js';

/** Three kernels, kept apart by products. */
const SCRIPT = `
import json, sys
sys.path.insert(0, sys.argv[1])
import torch
import machine
from serve import configure

settings = {"device": "cpu", "precision": "f32", "compile": True, "threads": 1}
missing = machine.missing(settings)
if missing is None:
    configure(settings)

    def part(x, y):
        return torch.exp(torch.mm(torch.exp(x) + 1, torch.sqrt(y)) * 2) / 3

    x, y = torch.full((32, 32), 0.01), torch.full((32, 32), 0.0001)
    compiled = torch.compile(part, fullgraph=True)(x, y)
    print(json.dumps({"far": (compiled - part(x, y)).abs().max().item(), "version": torch.__version__}))
else:
    print(json.dumps({"missing": missing}))
`;

describe('the kernels of a compiled part', () => {
  it('are one file for the C++ compiler', function () {
    const python = torchPython(this);
    return inFolder({}, async (folder) => {
      const { stdout, stderr } = spawnSync(python, ['-B', '-c', SCRIPT, dirname(REPLAY)], {
        encoding: 'utf8',
        env: { ...process.env, TORCHINDUCTOR_CACHE_DIR: folder, TORCHINDUCTOR_COMPILE_THREADS: '2' },
      });
      assert.notEqual(stdout, '', stderr);
      const { far, version, missing } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
      if (missing !== undefined || !version.startsWith('2.13.')) {
        console.log(`      skipped: ${missing ?? `kernels are compiled together with PyTorch 2.13 (was ${version})`}`);
        return this.skip();
      }
      assert.ok(far < 1e-5, `${far}`);
      const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.main.cpp'));
      assert.equal(files.length, 1, `${files}`);
    });
  }).timeout(240_000);
});
