"""The ids that Python's tiktoken gives, with the ranks and patterns of the npm package.

    token_ids.py TEXTS.json

TEXTS.json: a list of texts. Prints {"gpt2": [[...], ...], ...}. Run from the project's folder.
"""
import json
import sys

sys.path.insert(0, "test/data")
from golden_tokens import NAMES, load  # noqa: E402

texts = json.load(open(sys.argv[1], encoding="utf-8"))
encodings = {name: load(name) for name in NAMES}
print(json.dumps({name: [encoding.encode_ordinary(text) for text in texts] for name, encoding in encodings.items()}))
