#!/usr/bin/env bash
# safetensors 0.8.0 (Python, numpy 2.4.6): save_file writes its file with mode 0600, whatever the umask, and takes others' right to read away from a
# file that it writes again.
#
# Guessed: 0644 under umask 022, as every other file of a model folder is written.
# Seen:    0600, both for a new file and over one that had 0644; `save` with a write of one's own gives 0644. Where model folders are shared (a group's
#          disk, a web server, an image built as root) the weights alone cannot be read by others, while config.json can.
# vcycle writes its model files by the umask.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >modes.py <<'PY'
import os

import numpy
import safetensors
from safetensors.numpy import save, save_file

tensors = {'a': numpy.zeros(2, 'float32')}
os.umask(0o022)
save_file(tensors, 'new')
with open('again', 'wb') as file:
    file.write(b'here before')
os.chmod('again', 0o644)
save_file(tensors, 'again')
with open('own', 'wb') as file:
    file.write(save(tensors))
print(safetensors.__version__, *(f'{name} {os.stat(name).st_mode & 0o777:o}' for name in ('new', 'again', 'own')))
PY
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check safetensors==0.8.0 numpy==2.4.6
tools/bin/python modes.py | tee said
grep -qx '0.8.0 new 600 again 600 own 644' said || { echo 'changed: the modes of files'; exit 1; }
