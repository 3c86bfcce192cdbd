#!/usr/bin/env bash
# torch 2.13.0 (CPU): the mean cross_entropy of bf16 or f16 logits depends on which rows are ignored, not only on how many.
#
# Guessed: a target of -100 leaves its row out of the mean: the same value, within bf16's rounding, as without the row.
# Seen:    a loss of 4.4 is given as 0.5 if the even of 8192 rows are ignored, and as 4.4 if the odd ones are; as 0.3 if
#          the first of every 16 is (texts of 16 tokens, the first of each left out), and as 4.4 if the second is. The
#          losses are added in bf16 itself, by partial sums that are carried over at every 16th row; an ignored row
#          skips that too, and the sum stops growing where bf16 has no room for one more loss. f16 gives 4.0 and 2.1, f32
#          4.4. The gradients are right in all of them: the run trains as it should, and reports a loss that it does not
#          have.
# A mean over `reduction='none'` gives 4.4. vcycle's worker rounds the operands of products alone: its losses are f32.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >loss.py <<'PY'
import torch
from torch.nn.functional import cross_entropy

print(torch.__version__.split('+')[0])
ROWS, CLASSES, IGNORED = 8192, 50, -100
torch.manual_seed(1)
logits = torch.randn(ROWS, CLASSES)
targets = torch.randint(CLASSES, (ROWS,))


def seen(values, ignoring):
    """The loss, the loss of the rows that count alone, averaged in f32, and the error of the gradient beside f32's."""
    values = values.clone().requires_grad_()
    loss = cross_entropy(values, ignoring)
    loss.backward()
    counted = cross_entropy(values, ignoring, reduction='none')[ignoring != IGNORED].float().mean()
    exact = values.detach().float().requires_grad_()
    cross_entropy(exact, ignoring).backward()
    return loss.item(), counted.item(), ((values.grad.float() - exact.grad).norm() / exact.grad.norm()).item()


for kind in (torch.float32, torch.float16, torch.bfloat16):
    for first, every in ((0, 2), (1, 2), (0, 16), (1, 16)):
        ignoring = targets.clone()
        ignoring[first::every] = IGNORED
        loss, counted, error = seen(logits.to(kind), ignoring)
        name = f'{str(kind).removeprefix("torch.")}, ignored {first} of every {every}'
        said = 'right' if abs(loss / counted - 1) < 0.05 else f'{loss:.1f}, not {counted:.1f}'
        print(f'{name}: loss {said}, gradient', 'right' if error < 0.01 else f'off by {error}')
PY
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6
tools/bin/python loss.py | tee said
diff said - <<'SEEN' || { echo 'changed: what the loss is'; exit 1; }
2.13.0
float32, ignored 0 of every 2: loss right, gradient right
float32, ignored 1 of every 2: loss right, gradient right
float32, ignored 0 of every 16: loss right, gradient right
float32, ignored 1 of every 16: loss right, gradient right
float16, ignored 0 of every 2: loss 4.0, not 4.4, gradient right
float16, ignored 1 of every 2: loss right, gradient right
float16, ignored 0 of every 16: loss 2.1, not 4.4, gradient right
float16, ignored 1 of every 16: loss right, gradient right
bfloat16, ignored 0 of every 2: loss 0.5, not 4.4, gradient right
bfloat16, ignored 1 of every 2: loss right, gradient right
bfloat16, ignored 0 of every 16: loss 0.3, not 4.4, gradient right
bfloat16, ignored 1 of every 16: loss right, gradient right
SEEN
