#!/usr/bin/env bash
# transformers 5.18.0: `rope_scaling`, added to a config.json that Transformers 5 wrote, sets the model's rotary base back
# to 10,000.
#
# Guessed: the base of `rope_parameters` stays, 1,000,000, whether the scaling is taken or not, as it stays beside an old
#          `rope_theta` that says otherwise; or there is an error, or a warning.
# Seen:    `rope_scaling` replaces `rope_parameters` whole, and with it the base, which Transformers 5 keeps there; what is
#          missing is then filled in by default, without a warning. The same key in a config.json with `rope_theta`, as
#          Transformers 4 wrote it, leaves the base.
# It is what the pages of models tell their users to do for long texts: `"rope_scaling": {"rope_type": "yarn", …}`. Done to
# a model that was saved again (trained further, merged, quantized) it gives other angles at every position, short texts
# too. vcycle writes `rope_theta` beside `rope_parameters`: with that, the base stays.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >base.py <<'PY'
import json
from pathlib import Path

import transformers
from transformers import AutoConfig, AutoModelForCausalLM, Qwen3Config

BASE = 1_000_000.0
SCALING = {'rope_type': 'yarn', 'factor': 4.0, 'original_max_position_embeddings': 32768}
print(transformers.__version__)
sizes = {'vocab_size': 32, 'hidden_size': 16, 'intermediate_size': 16, 'num_hidden_layers': 1, 'num_attention_heads': 2}
config = Qwen3Config(**sizes, num_key_value_heads=2, head_dim=8, rope_theta=BASE, max_position_embeddings=131072)
AutoModelForCausalLM.from_config(config).save_pretrained('model')
written = json.loads(Path('model/config.json').read_text())


def opened(name, **keys):
    """The base and the second of the angles' speeds, base^(-1/4) where YaRN leaves it, of a model opened with these keys."""
    file = {key: value for key, value in {**written, **keys}.items() if value is not None}
    Path('model/config.json').write_text(json.dumps(file))
    model = AutoModelForCausalLM.from_pretrained('model')
    print(f'{name}: base {model.config.rope_parameters["rope_theta"]:.0f}, speed {model.model.rotary_emb.inv_freq[1]:.4f}')


print('written by Transformers:', written['rope_parameters'], 'rope_theta' in written)
opened('as written')
opened('as written, and another rope_theta', rope_theta=5000.0)
opened('as written, and rope_scaling', rope_scaling=SCALING)
opened('as written, rope_theta and rope_scaling', rope_theta=BASE, rope_scaling=SCALING)
opened('as Transformers 4 wrote it, and rope_scaling', rope_parameters=None, rope_theta=BASE, rope_scaling=SCALING)
opened('scaling in rope_parameters', rope_parameters={**SCALING, 'rope_theta': BASE})
PY
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check transformers==5.18.0 torch==2.13.0 numpy==2.4.6
TQDM_DISABLE=1 tools/bin/python base.py 2>words | tee said || { cat words; exit 1; }
if grep -i rope words; then
  echo 'changed: it says so'
  exit 1
fi
diff said - <<'SEEN' || { echo 'changed: what the base is'; exit 1; }
5.18.0
written by Transformers: {'rope_theta': 1000000.0, 'rope_type': 'default'} False
as written: base 1000000, speed 0.0316
as written, and another rope_theta: base 1000000, speed 0.0316
as written, and rope_scaling: base 10000, speed 0.1000
as written, rope_theta and rope_scaling: base 1000000, speed 0.0316
as Transformers 4 wrote it, and rope_scaling: base 1000000, speed 0.0316
scaling in rope_parameters: base 1000000, speed 0.0316
SEEN
