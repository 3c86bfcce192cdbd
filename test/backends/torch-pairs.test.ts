/**
 * Pairs of products of one wide matrix, which PyTorch's worker computes piece by piece in bf16: a pair is what its products are, and writes into a sum
 * that nobody else reads, and into no other. A printed skip where PyTorch is not set up.
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
import torch, function
from operations import Products
from pairs import with_pairs
from parts import cuts_of
from rounding import with_rounded_operands
from writing import Setting

program, setting = json.loads(sys.argv[2]), Setting(torch.device("cpu"), Products(), True)
paired = with_pairs(with_rounded_operands(program))
nodes = [node for node in paired["nodes"] if node["operation"] == "pairedProducts"]
cut = [paired["nodes"][begin:end] for begin, end in cuts_of(paired)]
torch.manual_seed(1)
given = [torch.randn(program["types"][each["value"]]["shape"]) for each in program["inputs"]]
made = function.function_of(program, setting).call([each.clone() for each in given])
function.with_pairs = lambda program: program
wanted = function.function_of(program, setting).call(given)
print(json.dumps({
    "operations": [node["operation"] for node in paired["nodes"] if node["operation"] != "round"],
    "inputs": [len(node["inputs"]) for node in nodes],
    "alone": all(len(part) == 1 for part in cut if any(node in nodes for node in part)),
    "far": [((one - other).norm() / other.norm()).item() for one, other in zip(made, wanted)],
}))
`;

const TOKENS = 3;
const VOCABULARY = 8197;
const WIDTH = 4;

/** The gradients of three chunks of a head; the sum over the first two is an output as well if it is shown. */
const headOf = ({ shows }: { readonly shows: boolean }) => {
  const trace = new Tracer('head');
  const matrix = (name: string, ...shape: number[]) => trace.input(name, 'parameter', { dtype: 'f32', shape });
  const head = matrix('head', VOCABULARY, WIDTH);
  const chunks = ['a', 'b', 'c'].map((name) => {
    const exponentials = trace.exp(matrix(`logits ${name}`, TOKENS, VOCABULARY));
    const own = trace.mul(trace.matmul(exponentials, head), trace.scalar(0.5));
    return { own, ofHead: trace.matmul(exponentials, matrix(`hidden ${name}`, TOKENS, WIDTH), { transposeA: true }) };
  });
  const [first = assert.fail(), second = assert.fail(), third = assert.fail()] = chunks;
  const two = trace.add(first.ofHead, second.ofHead);
  return trace.finish([
    { name: 'sum', tensor: trace.add(third.ofHead, two) },
    ...(shows ? [{ name: 'two', tensor: two }] : []),
    ...chunks.map(({ own }, index) => ({ name: `own ${index}`, tensor: own })),
  ]);
};

describe('a pair of products of one wide matrix, in bf16', () => {
  const found = (python: string, shows: boolean) => {
    const args = ['-B', '-c', SCRIPT, dirname(REPLAY), JSON.stringify(headOf({ shows }))];
    const { stdout, stderr } = spawnSync(python, args, { encoding: 'utf8' });
    assert.notEqual(stdout, '', stderr);
    const { far, ...rest } = JSON.parse(stdout);
    assert.ok(Math.max(...far) < 1e-2, `${far}`);
    return rest;
  };

  it('is computed at once, a part by itself, and added to the sum of those before it', function () {
    assert.deepEqual(found(torchPython(this), false), {
      operations: ['exp', 'constant', 'pairedProducts', 'mul', 'exp', 'pairedProducts', 'mul', 'exp', 'pairedProducts', 'mul'],
      inputs: [3, 4, 4],
      alone: true,
    });
  }).timeout(60_000);

  it('does not write into a sum that somebody else reads', function () {
    assert.deepEqual(found(torchPython(this), true).inputs, [3, 4, 3]);
  }).timeout(60_000);
});
