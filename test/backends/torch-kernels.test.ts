/**
 * Functions for torch-cpu are compiled in a process of their own, all kernels of one as one C++ file, and kept for the next time. A printed skip where
 * PyTorch is not set up, and where there is no compiler. Attention composed for the compiler is that of PyTorch's kernels within bf16.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { REPLAY } from '../../backends/torch/recording.js';
import { inFolder } from '../cli/vcycle.js';
import { torchPython } from './with-torch.js';

/** Three kernels, kept apart by products, with a constant and a transposed output; and one that changes its input, of any length. */
const SCRIPT = `
import gc, json, sys, weakref
sys.path.insert(0, sys.argv[1])
import torch
import apart, attention, machine
from apart import Source
from compiling import compiled, in_this_process
from serve import configure

settings = {"device": "cpu", "precision": "f32", "compile": True, "threads": 1}
missing = machine.missing(settings)
if missing is None and not apart.is_possible(torch.device("cpu")):
    missing = f"code is compiled in a process of its own with PyTorch 2.13 (was {torch.__version__})"
if missing is not None:
    print(json.dumps({"missing": missing}))
    sys.exit(0)
setting = configure(settings)
PART = "def program(x, y, c0):\\n    return (torch.exp(torch.mm(torch.exp(x) + 1, torch.sqrt(y)) * c0).mT.contiguous() / 3, )\\n"
RULE = "def program(v, s):\\n    v.copy_(v * s + 1)\\n"
matrix, scalar = {"dtype": "f32", "shape": [32, 32]}, {"dtype": "f32", "shape": []}
part = Source(PART, "a part", [matrix, matrix], ["torch.tensor(2.0)"])
rule = Source(RULE, "a rule", [{"dtype": "f32", "shape": [64]}, scalar], [], any_length=True)
ATTEND = (
    "def program(q, k, v, g):\\n"
    "    y, sums = attention.composed(q, k, v, 3, 4, 0.5)\\n"
    "    return (y, sums, *attention.composed_gradient(q, k, v, y, sums, g, 3, 4, 0.5))\\n"
)
# Heads of 8, of which two share keys and values; two blocks of tokens, the second one shorter.
tokens = attention.BLOCK + 8
rounded = [{"dtype": "bf16", "shape": [3 * tokens, width]} for width in (32, 16, 16, 32)]
attend = Source(ATTEND, "attention", rounded, [])
calls = compiled([part, rule, attend], setting)
torch.manual_seed(1)
q, k, v, g = (torch.randn(each["shape"]).bfloat16() for each in rounded)
y, sums = torch.ops.vcycle.attention(q, k, v, 3, 4, 0.5)
kernels = [y, sums, *torch.ops.vcycle.attention_gradient(q, k, v, y, sums, g, 3, 4, 0.5)]
attended = calls[2]([q, k, v, g])
off = max(((one - other).norm() / other.norm()).item() for one, other in zip(attended, kernels))
x, y, two = torch.full((32, 32), 0.01), torch.linspace(0, 1e-4, 1024).reshape(32, 32), torch.tensor(2.0)
scope = {"torch": torch}
exec(PART, scope)
[wanted] = scope["program"](x, y, two)
# Given by columns, and freed by the call.
held = [x.mT.contiguous().mT, y.clone(), two]
freed = weakref.ref(held[1])
[made] = calls[0](held)
v = torch.arange(100, dtype=torch.float32)
calls[1]([v, two])
def compiler_is_needed(*_):
    raise AssertionError("nothing is missing")
apart.compile_apart = compiler_is_needed
[again] = compiled([part], setting)[0]([x, y, two])
imported = [name for name in ("torch._inductor", "torch._dynamo") if name in sys.modules]
torch.use_deterministic_algorithms(True)
[here] = in_this_process(part, setting)([x, y, two])
print(json.dumps({
    "far": (made - wanted).abs().max().item(), "same": torch.equal(again, made), "here": torch.allclose(here, made, rtol=1e-6),
    "rule": torch.equal(v, torch.arange(100) * 2.0 + 1), "held": held == [], "freed": freed() is None, "imported": imported, "off": off, "shapes": all(one.shape == other.shape for one, other in zip(attended, kernels)),
}))
`;

/** What this machine would say without a compiler, with one that fails, and without Python's headers; of a compilation that failed; of kept files. */
const BAD_DAYS = `
import json, os, sys, sysconfig
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from subprocess import CompletedProcess
import apart, machine

def without(**environment):
    os.environ.update(environment)
    return [machine.missing({"device": "cpu", "precision": "f32", "compile": True}), machine.missing_to_compile("cuda")]

said = without(CXX="/nowhere/g++", CC="/nowhere/gcc") + without(CXX=sys.argv[2], CC=sys.argv[2])
machine.works = lambda path: True
sys.platform = "linux"
sysconfig.get_path = lambda name: "/nowhere"
said += without(CXX=sys.executable, CC=sys.executable)
said += [
    apart.last_words(CompletedProcess([], 1, "", "In file\\na.cpp:1:9: fatal error: omp.h: No such file\\ncompilation terminated.\\n")),
    apart.last_words(CompletedProcess([], 1, "", "OSError: [Errno 28] No space left on device\\n")),
    apart.last_words(CompletedProcess([], -9, "", "a warning")),
]
try:
    with apart.alone(Path(sys.argv[2]) / "folder"):
        pass
except RuntimeError as error:
    said.append(str(error))
folder = Path(sys.argv[3])
def kept(json_text, library):
    (folder / "k.json").write_text(json_text)
    (folder / "k.so").write_bytes(library)
    return apart.is_whole(folder, "k")
text = json.dumps({"kernels": ["a"], "bytes": 3})
print(json.dumps({"said": said, "whole": [kept(text, b"abc"), kept(text, b"ab"), kept(text[:9], b"abc"), apart.is_whole(folder, "other")]}))
`;

describe('functions that are compiled', () => {
  it('are refused in a sentence where something is missing for it, and are compiled again where they were cut off', function () {
    const python = torchPython(this);
    return inFolder({ broken: '#!/bin/sh\nexit 1\n' }, async (folder) => {
      const broken = join(folder, 'broken');
      chmodSync(broken, 0o755);
      const { stdout, stderr } = spawnSync(python, ['-B', '-c', BAD_DAYS, dirname(REPLAY), broken, folder], { encoding: 'utf8' });
      assert.notEqual(stdout, '', stderr);
      const { said, whole } = JSON.parse(stdout);
      const needs = 'cannot compile programs: torch.compile needs';
      const ofCpp = `${needs} a C++ compiler, g++ or the one that CXX names`;
      const ofC = `${needs} a C compiler, gcc or the one that CC names`;
      const [cpp, c] = ['g++', 'gcc'].map((name) => `; on Debian or Ubuntu: sudo apt install ${name}`);
      const headers = `${needs} Python's headers (there is no Python.h in /nowhere); on Debian or Ubuntu: sudo apt install python3-dev`;
      assert.deepEqual(said, [
        `${ofCpp} (was /nowhere/g++)${cpp}`,
        `${ofC} (was /nowhere/gcc)${c}`,
        `${ofCpp} (was ${broken}, which does not work)${cpp}`,
        `${ofC} (was ${broken}, which does not work)${c}`,
        headers,
        headers,
        'a.cpp:1:9: fatal error: omp.h: No such file',
        'OSError: [Errno 28] No space left on device',
        'its process ended (SIGKILL, as where memory runs out)',
        `compiled code cannot be kept in ${broken}/folder (Not a directory); name another folder by TORCHINDUCTOR_CACHE_DIR`,
      ]);
      assert.deepEqual(whole, [true, false, false, false]);
    });
  }).timeout(60_000);

  it('are compiled in another process, one C++ file each, once; free their inputs; and are what they are in this one', function () {
    const python = torchPython(this);
    return inFolder({}, async (folder) => {
      const { stdout, stderr } = spawnSync(python, ['-B', '-c', SCRIPT, dirname(REPLAY)], {
        encoding: 'utf8',
        env: { ...process.env, TORCHINDUCTOR_CACHE_DIR: folder, TORCHINDUCTOR_COMPILE_THREADS: '1' },
      });
      assert.notEqual(stdout, '', stderr);
      const { missing, far, off, ...found } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
      if (missing !== undefined) {
        console.log(`      skipped: ${missing}`);
        return this.skip();
      }
      assert.ok(far < 1e-5, `${far}`);
      assert.ok(off > 0 && off < 2e-2, `scores and probabilities are rounded to bf16: ${off}`);
      assert.deepEqual(found, { same: true, here: true, rule: true, held: true, freed: true, imported: [], shapes: true });
      const kept = readdirSync(`${folder}/vcycle`).map((name) => name.split('.').at(-1));
      assert.deepEqual(kept.sort(), ['json', 'json', 'json', 'lock', 'so', 'so', 'so']);
    });
  }).timeout(240_000);
});
