/**
 * Where the worker puts the means of a step: each starts directly after the last of its tensors is made, and is awaited directly before the first
 * result is read, so that all but the last one are sent while the backward pass continues. Where PyTorch is set up; a printed skip elsewhere.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { torchInstallation } from '../../backends/torch/installation.js';
import { REPLAY } from '../../backends/torch/recording.js';
import { bucketsOf } from '../../src/model/combination.js';
import { trainingStep } from '../../src/model/training-step.js';
import { bytesOf, type Program, type TensorType, typeIn } from '../../src/program/program.js';
import { adamw } from '../model/tiny.js';
import { torchPython } from './with-torch.js';

interface Placed {
  readonly operation: string;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

const SCRIPT = `
import json, sys
from collectives import each_by_itself, with_means
from parts import cuts_of
program = json.load(sys.stdin)
print(json.dumps([[with_means(program, cut)[0]["nodes"], with_means(program, cut)[1]] for cut in (each_by_itself, cuts_of)]))
`;

/** For single operations, and for the parts in which a step is compiled: the operations, and where each part begins and ends. */
const placedIn = (program: Program): readonly (readonly [readonly Placed[], readonly (readonly [number, number])[]])[] => {
  const installed = torchInstallation();
  if (E.isLeft(installed)) assert.fail(installed.left.missing);
  const how = { cwd: dirname(REPLAY), input: JSON.stringify(program), encoding: 'utf8', maxBuffer: 2 ** 28 } as const;
  const { stdout, stderr } = spawnSync(installed.right.python, ['-B', '-c', SCRIPT], how);
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout);
};

const f32 = (...shape: number[]): { readonly type: TensorType } => ({ type: { dtype: 'f32', shape } });

/** What ranks would be connected with, on each device, and where the numbers lie that they compare: PyTorch is asked for nothing. */
const CONNECTS = `
import json, torch
from torch import distributed
import ranks
asked = []
distributed.init_process_group = lambda backend, **_: asked.append(backend)
distributed.PrefixStore = lambda name, store: None
place = ranks.Place(0, 2, 0, "127.0.0.1", 1, "", 1.0)
for device in (torch.device("cpu"), torch.device("cuda", 1)):
    ranks.met(place, None, device)
distributed.get_backend = lambda: asked[-1]
made = []
class Stop(Exception): pass
def tensor(numbers, dtype, device):
    made.append(device.type)
    raise Stop
torch.tensor = tensor
for backend in asked[:]:
    asked.append(backend)
    try:
        ranks.gathered(1, 2)
    except Stop:
        pass
print(json.dumps([asked[:2], made]))
`;

describe('what connects ranks', () => {
  it('is gloo on processors and NCCL on cards, where their digests lie as well', function () {
    const python = torchPython(this);
    const { stdout, stderr } = spawnSync(python, ['-B', '-c', CONNECTS], { cwd: dirname(REPLAY), encoding: 'utf8' });
    assert.deepEqual(stdout === '' ? stderr : JSON.parse(stdout), [
      ['gloo', 'nccl'],
      ['cpu', 'cuda'],
    ]);
  });
});

describe('the means of a step', function () {
  this.timeout(60_000);

  it('are of buckets in the order of the backward pass: full from a size on, and what is small joins the one before', () => {
    const [large, middle, small] = [f32(256, 256), f32(128, 256), f32(4)];
    assert.deepEqual(bucketsOf([small, large, middle, small, middle, middle, small], 2 ** 18), [
      [small, large],
      [middle, small, middle],
      [middle, small],
    ]);
    assert.deepEqual(bucketsOf([large, small, large], 2 ** 18), [[large, small], [large]]);
    assert.deepEqual(bucketsOf([]), []);
  });

  it('start when the last tensor of a bucket is made, and are awaited when the first is read', function () {
    torchPython(this);
    const model = { kind: 'gpt', layers: 8, heads: 8, width: 256, context: 32, vocabulary: 65, bias: true } as const;
    const program = trainingStep(model, { layers: 8, h: 1 }, 1, adamw, { ranks: 2 });
    const means = program.nodes.filter(({ operation }) => operation === 'allReduce');
    assert.equal(means.length, 7);
    const contributed = means.flatMap(({ inputs }) => inputs.map((id) => bytesOf(typeIn(program, id))));
    const parameters = program.inputs.filter(({ role }) => role === 'parameter').map(({ value }) => bytesOf(typeIn(program, value)));
    assert.equal(
      contributed.reduce((a, b) => a + b),
      parameters.reduce((a, b) => a + b) + 4,
    );
    for (const [nodes, parts] of placedIn(program)) {
      const others = nodes.filter(({ operation }) => !/Mean$/.test(operation)).map(({ outputs }) => outputs);
      assert.deepEqual(
        others,
        program.nodes.filter(({ operation }) => operation !== 'allReduce').map(({ outputs }) => outputs),
        'nothing else moved',
      );
      const madeBy = (ids: readonly number[]): number => nodes.findLastIndex(({ outputs }) => outputs.some((id) => ids.includes(id)));
      const readBy = (ids: readonly number[]): number => nodes.findIndex(({ inputs }) => inputs.some((id) => ids.includes(id)));
      const starts = nodes.flatMap(({ operation }, place) => (operation === 'startMean' ? [place] : []));
      const waits = nodes.flatMap(({ operation }, place) => (operation === 'awaitMean' ? [place] : []));
      assert.equal(starts.length, 7);
      for (const [index, start] of starts.entries()) {
        const [{ inputs } = assert.fail(), { outputs } = assert.fail()] = [nodes[start], nodes[waits[index] ?? -1]];
        assert.deepEqual(inputs, means[index]?.inputs, 'in the order of the program');
        const partAt = (place: number) => parts.find(([begin, end]) => begin <= place && place < end) ?? assert.fail();
        const wait = waits[index] ?? assert.fail();
        const reader = partAt(readBy(outputs))[0];
        const between = (from: number, to: number): readonly string[] =>
          nodes.slice(from, to).flatMap(({ operation }) => (/Mean$/.test(operation) ? [] : [operation]));
        assert.deepEqual(between(partAt(madeBy(inputs))[1], start), [], `what the start of bucket ${index} waits for`);
        assert.deepEqual(between(wait, reader), [], `what waits for bucket ${index} before its reader does`);
      }
      // The last gradient is that of the embeddings; all messages but the last are under way before it.
      const lastStart = starts.at(-1) ?? assert.fail();
      const backward = nodes.slice(starts[0], lastStart).filter(({ operation }) => operation === 'matmul').length;
      assert.ok(backward >= 4 * 7, `${backward} products after the first message is sent`);
    }
  });
});
