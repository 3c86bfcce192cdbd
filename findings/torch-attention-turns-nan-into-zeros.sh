#!/usr/bin/env bash
# torch 2.13.0, CPU: scaled_dot_product_attention of a query that is NaN gives zeros, and the loss stays finite.
#
# Guessed: NaN in a query gives NaN in its row of the output, as softmax does, and so a loss that is NaN.
# Seen:    the row is zeros with the kernel that the CPU takes by default, in f32 and bf16, and NaN with the kernel
#          "math". A TransformerEncoderLayer whose query weights are all NaN computes a finite loss, while its backward
#          pass writes NaN into the gradients of queries, keys, values and what comes before. NaN in a key is seen as
#          NaN. It was so reported for torch 2.5, as pytorch/pytorch#141128, which is closed.
# A loop that stops when its loss is not finite takes one more step, and that step ruins the weights; in evaluation
# nothing is noticed at all. vcycle puts NaN where a row has no finite score.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >nan.py <<'PY'
import math

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import scaled_dot_product_attention as attention

torch.manual_seed(0)
print('torch', torch.__version__.split('+')[0])


def said(row):
    return 'NaN' if row.isnan().all() else 'zeros' if (row == 0).all() else 'numbers'


for kind in (torch.float32, torch.bfloat16):
    q, k, v = torch.randn(3, 1, 1, 4, 8).to(kind)
    q[..., 2, :] = math.nan
    default = attention(q, k, v, is_causal=True)
    with sdpa_kernel(SDPBackend.MATH):
        math_kernel = attention(q, k, v, is_causal=True)
    print(f'{kind}, rows 1 to 4, third query NaN: by default', *map(said, default[0, 0]), '| math', *map(said, math_kernel[0, 0]))

q, k, v = torch.randn(3, 1, 1, 4, 8)
k[..., 2, :] = math.nan
print('third key NaN: by default', *map(said, attention(q, k, v, is_causal=True)[0, 0]))

layer = torch.nn.TransformerEncoderLayer(8, 1, 16, dropout=0, batch_first=True, norm_first=True)
with torch.no_grad():
    layer.self_attn.in_proj_weight[:8] = math.nan
loss = layer(torch.randn(2, 4, 8)).square().mean()
loss.backward()
lost = [name for name, weight in layer.named_parameters() if weight.grad.isnan().any()]
print('a layer of NaN query weights: loss', 'finite' if loss.isfinite() else loss.item(), '| gradients NaN of', *lost)
PY
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6
tools/bin/python nan.py | tee said
for line in \
  'torch 2.13.0' \
  'torch.float32, rows 1 to 4, third query NaN: by default numbers numbers zeros numbers | math numbers numbers NaN numbers' \
  'torch.bfloat16, rows 1 to 4, third query NaN: by default numbers numbers zeros numbers | math numbers numbers NaN numbers' \
  'third key NaN: by default numbers numbers NaN NaN'; do
  grep -qxF "$line" said || { echo "changed: not seen: $line"; exit 1; }
done
grep -q '^a layer of NaN query weights: loss finite | gradients NaN of self_attn.in_proj_weight' said || { echo 'changed: the layer'; exit 1; }
