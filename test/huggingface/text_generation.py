"""What Transformers makes of a saved model and of its tokenizer, for tests that hold vcycle's own against it.

    text_generation.py FOLDER ASKED.json

ASKED.json: {"texts": [...], "prompt": "...", "tokens": 8}. Prints {"ids": [[...]], "decoded": ["..."], "generated": "..."}.
"""
import json
import sys

from transformers import pipeline

folder, asked = sys.argv[1], json.load(open(sys.argv[2], encoding="utf-8"))
generate = pipeline("text-generation", model=folder)
ids = [generate.tokenizer(text, split_special_tokens=True)["input_ids"] for text in asked["texts"]]
decoded = [generate.tokenizer.decode(each) for each in ids]
[made] = generate(asked["prompt"], max_new_tokens=asked["tokens"], do_sample=False)
default = generate(asked["prompt"])
print(json.dumps({"ids": ids, "decoded": decoded, "generated": made["generated_text"], "runs": len(default) == 1}))
