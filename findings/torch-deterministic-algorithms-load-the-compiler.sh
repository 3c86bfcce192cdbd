#!/usr/bin/env bash
# torch 2.13.0 (CPU): torch.use_deterministic_algorithms(True) imports the compiler, torch._inductor, which is then never used.
#
# Guessed: it sets a flag.
# Seen:    some 800 modules are imported, about a second and 70 MB of a process that compiles nothing. torch.set_deterministic_debug_mode('error') leaves
#          torch in the same state (are_deterministic_algorithms_enabled() is true) and imports nothing.
# vcycle's worker, which is eager by default, sets the debug mode, and calls the first where it compiles.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >modules.py <<'PY'
import resource
import sys
import time

import torch

memory = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
modules, megabytes, began = set(sys.modules), memory(), time.monotonic()
if sys.argv[1] == 'algorithms':
    torch.use_deterministic_algorithms(True)
else:
    torch.set_deterministic_debug_mode('error')
added = set(sys.modules) - modules
print(f'{time.monotonic() - began:.2f} s, {memory() - megabytes} MB', file=sys.stderr)
print(sys.argv[1], torch.are_deterministic_algorithms_enabled(), 'many' if len(added) > 400 else len(added), 'torch._inductor.config' in added)
PY
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6
{ tools/bin/python modules.py algorithms; tools/bin/python modules.py mode; } | tee said
grep -qx 'algorithms True many True' said && grep -qx 'mode True 0 False' said || { echo 'changed: what is imported'; exit 1; }
