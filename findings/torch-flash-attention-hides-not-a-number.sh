#!/usr/bin/env bash
# torch 2.13.0 (CPU): scaled_dot_product_attention in its default choice of kernel, flash attention, gives zeros where a query is not a number.
#
# Guessed: NaN in the rows of that query, as softmax(q·Kᵀ)·V has it: one bad weight shows in the loss of the same step.
# Seen:    a row whose scores are all NaN becomes exactly 0: the row of that query, with and without the causal mask, and the first row where the key is the
#          first (1 of the 8 rows that the math kernel gives as NaN). A NaN in a value comes through, and so do gradients. So a forward pass alone (an
#          evaluation, sampling, a check of weights by their loss) looks sound with a broken query projection, and is another function than elsewhere.
# vcycle's worker puts NaN back where no score of a row was finite. (Reported for torch 2.5 as pytorch/pytorch#141128, since closed.)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >attention.py <<'PY'
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import scaled_dot_product_attention as attention

torch.manual_seed(1)
given = [torch.randn(1, 2, 8, 16) for _ in range(3)]


def rows_not_finite(which, backend=None):
    """Rows of the output that hold a NaN, of 16, after one number of q, k or v has become one."""
    q, k, v = (tensor.clone() for tensor in given)
    (q, k, v)[which][0, 0, 0, 0] = float('nan')
    if backend is None:
        out = attention(q, k, v, is_causal=True)
    else:
        with sdpa_kernel(backend):
            out = attention(q, k, v, is_causal=True)
    return int(out.isnan().any(-1).sum())


def gradient_not_finite(backend):
    q, k, v = (tensor.clone() for tensor in given)
    q[0, 0, 0, 0] = float('nan')
    q.requires_grad_()
    with sdpa_kernel(backend):
        attention(q, k, v, is_causal=True).sum().backward()
    return bool(q.grad.isnan().any())


print(torch.__version__.split('+')[0])
for name, which in (('query', 0), ('key', 1), ('value', 2)):
    print(name, 'math', rows_not_finite(which, SDPBackend.MATH), 'default', rows_not_finite(which))
print('gradient', gradient_not_finite(SDPBackend.MATH), gradient_not_finite(SDPBackend.FLASH_ATTENTION))
PY
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6
tools/bin/python attention.py | tee said
grep -qx '2.13.0' said && grep -qx 'query math 1 default 0' said && grep -qx 'key math 8 default 7' said &&
  grep -qx 'value math 8 default 8' said && grep -qx 'gradient True True' said || { echo 'changed: what attention makes of NaN'; exit 1; }
