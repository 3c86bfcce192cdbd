#!/usr/bin/env bash
# gloo of torch 2.13.0 (CPU): all_reduce with ReduceOp.MAX of 1, NaN and 3, from three ranks, is 1.
#
# Guessed: NaN, as torch.maximum and amax give it, and as a sum over ranks does; or 3, if a NaN is left out, as fmax does.
# Seen:    1. Two numbers are compared by <, so that the first stays where one of them is NaN: NaN takes the place of the
#          3, and then the 1 the place of NaN. It depends on which rank has the NaN: NaN, 1 and 2 for ranks 0, 1 and 2 of
#          1, 2 and 3; and on the place in the tensor, because each rank is the last to compare a part of it: equal numbers
#          in all 12 places give four of each of two or three results. All ranks are given the same.
# A maximum over ranks is how ranks agree on whether one of them has diverged (largest gradient, largest loss): this one
# says no, or hides a large number behind a small one. vcycle's ranks exchange sums and means alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >maximum.py <<'PY'
import os

import torch
import torch.distributed as distributed
import torch.multiprocessing
from torch.distributed import ReduceOp

RANKS = 3
NAN = float('nan')


def reduced(operation, given):
    """What all ranks agree on."""
    result = given.clone()
    distributed.all_reduce(result, op=operation)
    of_ranks = [torch.empty_like(result) for _ in range(RANKS)]
    distributed.all_gather(of_ranks, result)
    assert all(torch.equal(each.nan_to_num(-1), result.nan_to_num(-1)) for each in of_ranks)
    return ' '.join(f'{value:.0f}' for value in result.tolist())


def run(rank):
    distributed.init_process_group('gloo', init_method=f'file://{os.getcwd()}/meeting', rank=rank, world_size=RANKS)
    for broken in range(RANKS):
        numbers = [NAN if each == broken else float(each + 1) for each in range(RANKS)]
        own = numbers[rank]
        said = [
            ('MAX', reduced(ReduceOp.MAX, torch.tensor([own]))),
            ('SUM', reduced(ReduceOp.SUM, torch.tensor([own]))),
            ('MAX of 12 places', reduced(ReduceOp.MAX, torch.full((12,), own))),
        ]
        if rank == 0:
            told = ' '.join(f'{number:.0f}' for number in numbers)
            print(f'{told}: amax {torch.tensor(numbers).amax():.0f}, ' + ', '.join(f'{name} {value}' for name, value in said))
    distributed.destroy_process_group()


if __name__ == '__main__':
    print(torch.__version__.split('+')[0], flush=True)
    torch.multiprocessing.spawn(run, nprocs=RANKS)
PY
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6
tools/bin/python maximum.py | grep -v Gloo | tee said
diff said - <<'SEEN' || { echo 'changed: what the maximum is'; exit 1; }
2.13.0
nan 2 3: amax nan, MAX nan, SUM nan, MAX of 12 places nan nan nan nan 3 3 3 3 3 3 3 3
1 nan 3: amax nan, MAX 1, SUM nan, MAX of 12 places 1 1 1 1 nan nan nan nan 3 3 3 3
1 2 nan: amax nan, MAX 2, SUM nan, MAX of 12 places 2 2 2 2 2 2 2 2 nan nan nan nan
SEEN
