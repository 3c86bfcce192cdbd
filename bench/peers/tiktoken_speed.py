"""Seconds that Python's tiktoken takes for a file with GPT-2's ranks, on one thread: `encode_ordinary` alone, the file read before.

    tiktoken_speed.py FILE

Prints {"seconds": 1.2, "cpu": 1.1, "tokens": 123}. Run from the project's folder.
"""
import json
import sys
import time

sys.path.insert(0, "test/data")
from golden_tokens import load  # noqa: E402

encoding = load("gpt2")
with open(sys.argv[1], encoding="utf-8", newline="") as file:
    text = file.read()
encoding.encode_ordinary(text[:1000])
began, cpu = time.perf_counter(), time.process_time()
tokens = len(encoding.encode_ordinary(text))
print(json.dumps({"seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu, "tokens": tokens}))
