/**
 * Attention on PyTorch: what runs on CUDA is held against what runs on the CPU, as far as PyTorch on the CPU computes it, which is the gradient; of
 * CUDA's forward kernels the shapes. A printed skip where PyTorch is not set up.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { REPLAY } from '../../backends/torch/recording.js';
import { torchPython } from './with-torch.js';

const SCRIPT = `
import json, sys
sys.path.insert(0, sys.argv[1])
import torch, attention

torch.manual_seed(1)
batch, heads, time, size = 3, 2, 5, 6
q, k, v, cotangent = (torch.randn(time * batch, heads * size) for _ in range(4))
output, sums = attention.on_cpu(q, k, v, batch, heads, 0.4)
arguments = (q, k, v, output, sums, cotangent, batch, heads, 0.4)
far = max((a - b).abs().max().item() for a, b in zip(attention.gradient_on_cpu(*arguments), attention.gradient_by_autograd(*arguments)))
shapes = [
    [list(each.shape) for each in attention.on_cuda(*(x.to("meta", dtype) for x in (q, k, v)), batch, heads, 0.4)]
    for dtype in (torch.float32, torch.bfloat16)
]
large = [torch.randn(15, 528, dtype=torch.bfloat16, device="meta") for _ in range(3)]
def too_large(*_, **__):
    raise AssertionError("flash attention has no kernel for heads of more than 256")
torch.ops.aten._scaled_dot_product_flash_attention = too_large
shapes.append([list(each.shape) for each in attention.on_cuda(*large, batch, heads, 0.4)])
from serve import sentence_of
said = sentence_of(RuntimeError("backend='inductor' raised:\\nRuntimeError: Failed to find C compiler.\\n\\nmore"))
print(json.dumps({"far": far, "shapes": shapes, "said": said}))
`;

describe("attention on PyTorch's kernels", () => {
  it("has CUDA's gradient of the CPU's, and CUDA's shapes, with heads of sizes that its kernels do not take", function () {
    const python = torchPython(this);
    const { stdout, stderr } = spawnSync(python, ['-B', '-c', SCRIPT, dirname(REPLAY)], { encoding: 'utf8' });
    assert.notEqual(stdout, '', stderr);
    const { far, shapes, said } = JSON.parse(stdout);
    assert.ok(far < 2e-6, `${far}`);
    const both = [
      [15, 12],
      [3, 2, 5],
    ];
    const large = [
      [15, 528],
      [3, 2, 5],
    ];
    assert.deepEqual(shapes, [both, both, large]);
    assert.equal(said, "backend='inductor' raised: RuntimeError: Failed to find C compiler.");
  }).timeout(120_000);
});
