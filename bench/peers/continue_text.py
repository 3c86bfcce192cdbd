"""What pipeline('text-generation') of Transformers makes of a prompt at temperature 0, and its version, as JSON.

    continue_text.py FOLDER PROMPT TOKENS
"""
import json
import sys

import transformers

folder, prompt, tokens = sys.argv[1:]
generate = transformers.pipeline("text-generation", model=folder)
[made] = generate(prompt, max_new_tokens=int(tokens), do_sample=False)
print(json.dumps({"text": made["generated_text"], "version": transformers.__version__}))
