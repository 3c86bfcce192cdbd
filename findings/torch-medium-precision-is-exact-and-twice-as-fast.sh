#!/usr/bin/env bash
# torch 2.13.0 on an AMD processor with AVX512-BF16: set_float32_matmul_precision('medium') loses no precision, and
# halves the time of a product.
#
# Guessed: 'medium' multiplies f32 matrices in bf16, which this processor has instructions for: faster, with a relative
#          error of 2e-3, as a product of bf16 tensors has; or, if not, it changes nothing.
# Seen:    the error of a 1024 x 1024 x 1024 product stays that of f32, 4e-7, and it takes 9.5 ms instead of 19 on one
#          thread. 'medium' hands the product to oneDNN, which has bf16 for f32 operands only with AMX and else
#          computes it in f32; 'highest' hands it to MKL, which is slow on AMD.
# Who measures by this switch what bf16 does to a training measures f32 on one processor and bf16 on another, and who
# leaves it at 'highest' for the sake of precision waits twice as long for none. vcycle rounds operands itself.
set -euo pipefail
flags=$(grep -m 1 ^flags /proc/cpuinfo || true)
if ! grep -q AuthenticAMD /proc/cpuinfo || [[ "$flags" != *avx512_bf16* || "$flags" == *amx_bf16* ]]; then
  echo 'skipped: this was seen on AMD processors with AVX512-BF16 and without AMX, and this one is none'
  exit 0
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >medium.py <<'PY'
import sys
import time

import torch

torch.manual_seed(0)
torch.set_num_threads(1)
a, b = torch.randn(2, 1024, 1024)
exact = a.double() @ b.double()
operands = {'highest': (a, b), 'medium': (a, b), 'bf16 tensors': (a.bfloat16(), b.bfloat16())}
seconds = dict.fromkeys(operands, float('inf'))
errors = {}
for _ in range(20):
    for name, (left, right) in operands.items():
        torch.set_float32_matmul_precision(name if name == 'medium' else 'highest')
        start = time.perf_counter()
        product = left @ right
        seconds[name] = min(seconds[name], time.perf_counter() - start)
        errors[name] = ((product.double() - exact).norm() / exact.norm()).item()
print(f'torch {torch.__version__}, best of 20 on one thread')
for name in operands:
    print(f'{name}: {1000 * seconds[name]:.1f} ms, relative error {errors[name]:.1e}')
if errors['bf16 tensors'] < 1e-3 or errors['medium'] > 1e-6:
    sys.exit('changed: the errors')
if seconds['highest'] < 1.4 * seconds['medium']:
    sys.exit('changed: medium is not much faster')
PY
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6
tools/bin/python medium.py
