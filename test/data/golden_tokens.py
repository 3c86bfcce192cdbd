"""The ids that Python's tiktoken gives, as test/golden/tokens/tiktoken.json keeps them. Run from the project's folder."""
import base64
import json

import tiktoken

NAMES = ["cl100k_base", "gpt2", "o200k_base", "p50k_base"]

TEXTS = [
    "",
    "Hello world",
    " leading and trailing ",
    "In the beginning God created the heaven and the earth.\nAnd the earth was without form, and void;",
    "don't DON'T we'll I'VE they're o'clock 'tis",
    "  two  spaces   three\n\n\nlines\r\nof Windows\tand tabs \n ",
    "<|endoftext|> is text, and so is <|im_start|>",
    "12345 1,234.56 0x1F 3.14159e-10 \u0663\u0664 \u00bd \u00b2",
    "if (a[i] != b->c) { return f(x)++; } // done\n    pass\n",
    "na\u00efve caf\u00e9 \u00dcbergr\u00f6\u00dfe \u0130stanbul \u017f",
    "\u65e5\u672c\u8a9e\u306e\u6587\u7ae0\u3067\u3059\u3002\u4e2d\u6587\u3000\u5b57",
    "\u0420\u0443\u0441\u0441\u043a\u0438\u0439 \u05e2\u05d1\u05e8\u05d9\u05ea \u0627\u0644\u0639\u0631\u0628\u064a\u0629 \u0939\u093f\u0928\u094d\u0926\u0940",
    "\U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea e\u0301 \u200b\u180e",
    "\ufeffbyte order mark, \u0085next line\u0085, no\u00a0break, line\u2028separator\u3000ideographic",
    "a" * 100 + " " * 100 + "!" * 40,
    "https://example.org/path/to?a=1&b=2#c",
]


def load(name):
    with open(f"node_modules/tiktoken/encoders/{name}.json") as file:
        told = json.load(file)
    ranks = {}
    for line in told["bpe_ranks"].split("\n"):
        _, offset, *tokens = line.split(" ")
        for index, token in enumerate(tokens):
            ranks[base64.b64decode(token)] = int(offset) + index
    return tiktoken.Encoding(name, pat_str=told["pat_str"], mergeable_ranks=ranks, special_tokens=told["special_tokens"])


if __name__ == "__main__":
    golden = {}
    for name in NAMES:
        encoding = load(name)
        golden[name] = [{"text": text, "ids": encoding.encode_ordinary(text)} for text in TEXTS]
    lines = [
        f' "{name}": [\n' + ",\n".join("  " + json.dumps(each) for each in examples) + "\n ]" for name, examples in golden.items()
    ]
    print("{\n" + ",\n".join(lines) + "\n}")
