#!/usr/bin/env bash
# torch 2.13.0 (CPU): in bf16 the gradients of an embedding and of LayerNorm stop growing at 256 contributions, those of
# Linear, RMSNorm and index_select do not.
#
# Guessed: sums inside one operation are kept in f32 and rounded once, as those of `sum` and of products are: of 10,000
#          rows whose gradient is 1, a parameter that all of them read has 10,000, or 9,984 in bf16.
# Seen:    F.embedding and weight[ids] give 256, where bf16 has no room for one more; LayerNorm's bias gives 256 for each
#          thread: 256, 512 or 1024 by torch.set_num_threads. index_select, which reads the same rows as F.embedding,
#          F.linear's bias and rms_norm's weight give 9,984.
# Where parameters are held in bf16, a token that is read often (a space) has too small a gradient beside the others, or
# the right one, by how it is looked up; and LayerNorm's depends on the number of cores. vcycle's worker keeps parameters,
# and sums that are not products, in f32.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >gradients.py <<'PY'
import torch
from torch.nn import functional as F

print(torch.__version__.split('+')[0])
ROWS, WIDTH = 10_000, 8
ids = torch.ones(ROWS, dtype=torch.long)
# Parameter's shape, and what reads it once for each row. x: [ROWS, WIDTH]
uses = {
    'embedding': ((4, WIDTH), lambda x, weight: F.embedding(ids, weight)),
    'weight[ids]': ((4, WIDTH), lambda x, weight: weight[ids]),
    'index_select': ((4, WIDTH), lambda x, weight: weight.index_select(0, ids)),
    'linear bias': ((WIDTH,), lambda x, bias: F.linear(x, torch.eye(WIDTH, dtype=x.dtype), bias)),
    'rms_norm weight': ((WIDTH,), lambda x, weight: F.rms_norm(x, (WIDTH,), weight)),
    'layer_norm bias': ((WIDTH,), lambda x, bias: F.layer_norm(x, (WIDTH,), torch.ones_like(bias), bias)),
}


def gradient(use, kind):
    shape, read = uses[use]
    parameter = torch.zeros(shape, dtype=kind, requires_grad=True)
    read(torch.ones(ROWS, WIDTH, dtype=kind), parameter).sum().backward()
    return int(parameter.grad.max())


for use in uses:
    said = []
    for threads in (1, 2, 4):
        torch.set_num_threads(threads)
        said.append(gradient(use, torch.bfloat16))
    print(f'{use}: bf16 {said} on 1, 2, 4 threads, f32 {gradient(use, torch.float32)}')
PY
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6
tools/bin/python gradients.py | tee said
diff said - <<'SEEN' || { echo 'changed: what the gradients are'; exit 1; }
2.13.0
embedding: bf16 [256, 256, 256] on 1, 2, 4 threads, f32 10000
weight[ids]: bf16 [256, 256, 256] on 1, 2, 4 threads, f32 10000
index_select: bf16 [9984, 9984, 9984] on 1, 2, 4 threads, f32 10000
linear bias: bf16 [9984, 9984, 9984] on 1, 2, 4 threads, f32 10000
rms_norm weight: bf16 [9984, 9984, 9984] on 1, 2, 4 threads, f32 10000
layer_norm bias: bf16 [256, 512, 1024] on 1, 2, 4 threads, f32 10000
SEEN
