#!/usr/bin/env bash
# torch 2.13.0 (CPU): torch.optim.Muon with nesterov=False on bf16 parameters divides its momentum by its norm, in
# place, at every step; where gradients are small, the direction of the first one is then followed for ever.
#
# Guessed: the orthogonalization works on a copy, since it is done in bf16 whatever the parameters are, so that bf16
#          and f32 turn round about as many steps after the gradient has.
# Seen:    `.bfloat16()` of a tensor that is bf16 already is that tensor, and without Nesterov it is the momentum
#          itself, whose norm is 1 after each step, beside gradients of norm 0.18. 10 steps of one gradient and then
#          its negative: f32 turns round at the 5th step, with Nesterov's term both do at the 4th, bf16 without it at
#          none of 190.
# Nothing is said, and a constant gradient shows nothing, because the update does not depend on the momentum's norm.
# The pull request pytorch/pytorch#194664 describes the alias; 2.14.1 still has the line. vcycle's Muon is an
# expression, which overwrites nothing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >muon.py <<'PY'
import torch

print(torch.__version__.split('+')[0])
FORWARD, BACK = 10, 190


def trained(kind, nesterov):
    gradient = (torch.randn(8, 16, generator=torch.Generator().manual_seed(0)) / 64).to(kind)
    parameter = torch.nn.Parameter(torch.zeros(8, 16, dtype=kind))
    optimizer = torch.optim.Muon([parameter], lr=0.125, momentum=0.9, nesterov=nesterov, weight_decay=0)
    turned = 'never'
    for step in range(1, FORWARD + BACK + 1):
        before = parameter.detach().clone()
        parameter.grad = gradient.clone() if step <= FORWARD else -gradient
        optimizer.step()
        along = ((parameter.detach() - before).float() * gradient.float()).sum()
        if step > FORWARD and along > 0 and turned == 'never':
            turned = step - FORWARD
    momentum = optimizer.state[parameter]['momentum_buffer'].float().norm()
    return f'turns round: {turned}, norm of the momentum {momentum:.1f}, of the gradient {gradient.float().norm():.1f}'


for kind in (torch.float32, torch.bfloat16):
    for nesterov in (True, False):
        print(f'{kind}, nesterov={nesterov}: {trained(kind, nesterov)}')
PY
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6
tools/bin/python muon.py | tee said
diff said - <<'SEEN' || { echo 'changed: what bf16 makes of the momentum'; exit 1; }
2.13.0
torch.float32, nesterov=True: turns round: 4, norm of the momentum 0.2, of the gradient 0.2
torch.float32, nesterov=False: turns round: 5, norm of the momentum 0.2, of the gradient 0.2
torch.bfloat16, nesterov=True: turns round: 4, norm of the momentum 0.2, of the gradient 0.2
torch.bfloat16, nesterov=False: turns round: never, norm of the momentum 1.0, of the gradient 0.2
SEEN
