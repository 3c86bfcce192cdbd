/**
 * Programs in bf16 as PyTorch's worker writes them: what is multiplied is rounded once, however often it is multiplied, and nothing else is. A printed
 * skip where PyTorch is not set up.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { REPLAY } from '../../backends/torch/recording.js';
import { Tracer } from '../../src/program/tracer.js';
import { torchPython } from './with-torch.js';

const SCRIPT = `
import json, sys
sys.path.insert(0, sys.argv[1])
from rounding import with_rounded_operands

rounded = with_rounded_operands(json.loads(sys.argv[2]))
dtype = lambda value: rounded["types"][value]["dtype"]
print(json.dumps([[node["operation"], *map(dtype, node["inputs"])] for node in rounded["nodes"]]))
`;

const CONFIGURED = `
import json, sys
sys.path.insert(0, sys.argv[1])
import torch
from serve import configure

configure({"device": "cpu", "threads": 1, "precision": "bf16", "compile": False})
cuda = torch.backends.cuda.matmul
print(json.dumps([cuda.allow_tf32, torch.backends.cudnn.allow_tf32, cuda.allow_bf16_reduced_precision_reduction]))
`;

describe('a program in bf16', () => {
  it('has its sums in f32 on a card as well, and f32 is never less', function () {
    const { stdout, stderr } = spawnSync(torchPython(this), ['-B', '-c', CONFIGURED, dirname(REPLAY)], { encoding: 'utf8' });
    assert.notEqual(stdout, '', stderr);
    assert.deepEqual(JSON.parse(stdout), [false, false, false]);
  }).timeout(60_000);

  it('rounds each operand once, where it is first multiplied, and nothing else', function () {
    const python = torchPython(this);
    const trace = new Tracer('products');
    const square = (name: string) => trace.input(name, 'parameter', { dtype: 'f32', shape: [4, 4] });
    const bias = trace.input('bias', 'parameter', { dtype: 'f32', shape: [4] });
    const [x, weight] = [square('x'), square('weight')];
    const y = trace.linear(x, weight, bias);
    const back = trace.matmul(trace.mul(y, x), weight, { transposeB: true });
    const program = trace.finish([{ name: 'out', tensor: trace.add(back, x) }]);
    const { stdout, stderr } = spawnSync(python, ['-B', '-c', SCRIPT, dirname(REPLAY), JSON.stringify(program)], {
      encoding: 'utf8',
    });
    assert.notEqual(stdout, '', stderr);
    assert.deepEqual(JSON.parse(stdout), [
      ['round', 'f32'],
      ['round', 'f32'],
      ['linear', 'bf16', 'bf16', 'f32'],
      ['mul', 'f32', 'f32'],
      ['round', 'f32'],
      ['matmul', 'bf16', 'bf16'],
      ['add', 'f32', 'f32'],
    ]);
  }).timeout(60_000);
});
