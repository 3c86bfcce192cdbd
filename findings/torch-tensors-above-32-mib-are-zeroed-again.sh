#!/usr/bin/env bash
# torch 2.13.0 (CPU, glibc): a tensor of 33 MiB costs eight times as much as one of 31 MiB, at each use.
#
# Guessed: torch keeps freed tensors for the next ones, as it does on a GPU, or the C library does: after a few steps
#          of the same shapes no memory is asked for any more.
# Seen:    torch keeps nothing on the CPU. glibc raises the size from which it maps a block (MALLOC_MMAP_THRESHOLD_)
#          with use, but never above 32 MiB; above it, a tensor for which no freed place is left is new pages, which
#          the system zeroes, one fault a page: 8,449 faults and 16 ms of the processor for each `x * 2` of 33 MiB on
#          one thread, against 2 ms for 31 MiB, few of which are new. With the threshold above all sizes: none, and 2
#          ms. A step of a head of 20,000 columns and 512 rows (logits of 39 MiB) takes 63 ms instead of 130.
# It is no warm-up, each later step pays again, and who doubles a batch sees a cliff that is not the machine's.
# vcycle's worker has glibc keep all memory, unless the environment says otherwise.
set -euo pipefail
if ! getconf GNU_LIBC_VERSION >/dev/null 2>&1; then
  echo 'skipped: this is about glibc, and this system has another C library'
  exit 0
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >faults.py <<'PY'
import resource
import sys

import torch
from torch.nn import functional as F

torch.set_num_threads(1)
USES = 20
ids = torch.arange(512)
embedding, head = (torch.full((20_000, 64), 0.1, requires_grad=True) for _ in range(2))


def step():
    F.cross_entropy(embedding[ids] @ head.T, ids).backward()
    embedding.grad = head.grad = None


def twice(mib):
    x = torch.ones(mib * 2**18)
    return lambda: x * 2


use = step if sys.argv[1] == 'step' else twice(int(sys.argv[1]))
for _ in range(5):
    use()
before = resource.getrusage(resource.RUSAGE_SELF)
for _ in range(USES):
    use()
after = resource.getrusage(resource.RUSAGE_SELF)
faults = (after.ru_minflt - before.ru_minflt) / USES
user, system = (1000 * (end - start) / USES for end, start in zip(after[:2], before[:2]))
print(f'{sys.argv[1]}: {faults:.0f} faults, {user:.1f} ms of its own and {system:.1f} ms of the system')
PY
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6
unset MALLOC_MMAP_THRESHOLD_ MALLOC_TRIM_THRESHOLD_ MALLOC_MMAP_MAX_ MALLOC_TOP_PAD_ GLIBC_TUNABLES LD_PRELOAD
for use in 31 33 step; do
  tools/bin/python faults.py "$use" | sed 's/^/as it is, /'
  MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=8589934592 tools/bin/python faults.py "$use" | sed 's/^/kept, /'
done | tee said
faults() { sed -n "s/^$1: \([0-9]*\) faults.*/\1/p" said; }
most=$(faults 'as it is, 33')
# With huge pages a fault is 2 MiB.
[ "$most" -ge 16 ] || { echo 'changed: 33 MiB are kept'; exit 1; }
[ $((4 * $(faults 'as it is, 31'))) -lt "$most" ] || { echo 'changed: 31 MiB are new at each use'; exit 1; }
[ $((4 * $(faults 'kept, 33'))) -lt "$most" ] || { echo 'changed: 33 MiB are new whatever the threshold'; exit 1; }
[ $((4 * $(faults 'kept, step'))) -lt "$(faults 'as it is, step')" ] || { echo 'changed: what a step is given anew'; exit 1; }
