/**
 * When a training step is recorded, and what a repetition of the recording gives, on the CPU: here a recording is a stand-in that calls the function
 * again. That CUDA records these functions only a card can show. A printed skip where PyTorch is not set up.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { describedUpdates, updatesOf } from '../../backends/torch/backend.js';
import { REPLAY } from '../../backends/torch/recording.js';
import { judgedBy, passedOn } from '../../backends/update-regions.js';
import { Tracer } from '../../src/program/tracer.js';
import { torchPython } from './with-torch.js';

const SCRIPT = `
import json, sys
sys.path.insert(0, sys.argv[1])
import torch
from function import function_of
from graphs import Recorded
from serve import configure

setting = configure({"device": "cpu", "precision": "f32", "compile": False, "threads": 1})
program = json.loads(sys.argv[2])
names = [each["name"] for each in program["inputs"]]
recordings = []
state = {}

def record(call):
    # Like CUDA, it does not run what it records.
    before = {name: tensor.clone() for name, tensor in state.items()}
    results = call()
    for name, tensor in before.items():
        state[name].copy_(tensor)
    def again():
        for old, new in zip(results, call()):
            if old is not None:
                old.copy_(new)
    recordings.append(again)
    return again, results

def refused(call):
    raise RuntimeError("operation not permitted when stream is capturing\\nand more")

def losses(function, moves, kept=()):
    state.update(p=torch.arange(6.0), m=torch.zeros(6), frozen=torch.full((6,), 0.5))
    said = []
    for step in range(10):
        if step in moves:
            state.update({name: tensor.clone() for name, tensor in state.items()})
        x = torch.full((6,), float("nan") if step == 3 else 0.1 * step)
        inputs = [{"x": x, "rate": torch.tensor(0.5 / (step + 1)), **state}[name] for name in names]
        given = [] if step in kept else [place for place, name in enumerate(names) if name in state]
        outputs = function.call(inputs, given)
        for each, output in zip(program["outputs"], outputs):
            if each["name"] in state:
                state[each["name"]] = output
        said.append([str(value) for output in outputs for value in output.flatten().tolist()])
        assert step in kept or all(inputs[names.index(name)] is tensor for name, tensor in state.items())
    return said

plain = lambda: function_of(program, setting)
moves, kept = {5}, {7}
expected = losses(plain(), moves, kept)
recorded = Recorded(plain(), record)
found = losses(recorded, moves, kept)
failing = Recorded(plain(), refused)
print(json.dumps({
    "same": found == expected,
    "differ": len({tuple(each) for each in expected}),
    "recordings": len(recordings) // 2,
    "without": losses(failing, moves, kept) == expected,
    "fault": failing.fault,
}))
`;

describe('a training step as a recording', () => {
  it('is recorded once for the state that stays where it is, and gives what the step itself gives', function () {
    const python = torchPython(this);
    const trace = new Tracer('a step');
    const type = { dtype: 'f32', shape: [6] } as const;
    const [p, m] = [trace.input('p', 'parameter', type), trace.input('m', 'moment', type)];
    const [x, rate] = [trace.input('x', 'batch', type), trace.input('rate', 'scalar', { dtype: 'f32', shape: [] })];
    const frozen = trace.input('frozen', 'parameter', type);
    const gradient = trace.mul(trace.mul(p, x), frozen);
    const next = trace.add(trace.mul(m, trace.scalar(0.9)), gradient);
    const program = trace.finish([
      { name: 'loss', role: 'loss', tensor: trace.sumOfSquares(trace.sub(p, x)) },
      { name: 'gradientNorm', role: 'gradientNorm', tensor: trace.sqrt(trace.sumOfSquares(gradient)) },
      { name: 'p', role: 'parameter', tensor: trace.sub(p, trace.mul(next, rate)) },
      { name: 'm', role: 'moment', tensor: next },
      { name: 'frozen', role: 'parameter', tensor: frozen },
    ]);
    const code = {
      ...program,
      updates: describedUpdates(program, updatesOf(program)),
      judges: judgedBy(program),
      passed: passedOn(program),
    };
    const { stdout, stderr } = spawnSync(python, ['-B', '-c', SCRIPT, dirname(REPLAY), JSON.stringify(code)], {
      encoding: 'utf8',
    });
    assert.notEqual(stdout, '', stderr);
    assert.deepEqual(JSON.parse(stdout), {
      same: true,
      differ: 10,
      // At the second step; after the move, when the state has stayed where it is once; and after a step that moved it because others held it.
      recordings: 3,
      without: true,
      fault: 'operation not permitted when stream is capturing',
    });
  }).timeout(60_000);
});
