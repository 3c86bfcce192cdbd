"""Small tokenizers of the kinds that people have, trained here by Python's `tokenizers`, each with its ids of the same texts.

    make_tokenizers.py FILE

FILE: {"texts": [...], "tokenizers": [{"name", "json", "ids": [[...]], "decoded": [...]}]}. Special tokens in a text are text, and none are added.
"""
import json
import sys

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

CORPUS = [
    "In the beginning God created the heaven and the earth. And the earth was without form, and void;",
    "and darkness was upon the face of the deep. And the Spirit of God moved upon the face of the waters.",
    "def add(a, b):\n    return a + b  # 12 + 345\n\n\nclass Thing:\n\tpass\n",
    "I'm sure that it's fine; we'll see, they've been, you'd say, DON'T. 1234567 times 89.",
    "日本語の文章と、漢字。 Grüße aus Köln, déjà vu, naïve café. Привет, мир! 안녕하세요",
    "tabs\there,  two  spaces,   three   spaces    and four",
]

TEXTS = CORPUS + [
    "",
    " ",
    "  leading and trailing  ",
    "a\u0301 e\u0301 \u00e9 \ufb01ne \u2460 \uff21\uff22 \u212b",
    "emoji \U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467 and \u200b zero width",
    "line\r\nbreaks\n\n\n  \n and \u0085 \u2028 \u00a0 \ufeff \u3000 blanks",
    "<s> </s> <|endoftext|> [INST] in a text",
    "    indented\n        more\n\ttab",
    "ALL CAPS'LL and MiXeD, don'T we'Re",
    "x²+½=٣٤ 12,345.67e-8",
    "▁already ▁marked <0x41> tokens",
    "The\u00a0end\u2026 “quoted” — dash",
    "ſ'ſ K 'S",
    "\u0085'S ΟΔΟΣ ½² Ⅷ9 wait...!? (a)[b] $$$ ^~\n😀/the\ufeff\u0085",
    " ",
    "\n\n\n<tool>the  God,the\n\n",
]

LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
O200K = "|".join(
    [
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    ]
)


def special(*texts):
    return [AddedToken(each, special=True, normalized=False) for each in texts]


def trained(tokenizer, size=340, alphabet=True, specials=(), **options):
    first = pre_tokenizers.ByteLevel.alphabet() if alphabet else []
    tokenizer.train_from_iterator(
        CORPUS, trainers.BpeTrainer(vocab_size=size, show_progress=False, initial_alphabet=first, special_tokens=list(specials), **options)
    )
    return tokenizer


def byte_level(pattern=None, normalizer=None, ignore_merges=False, prefix_space=False, before=()):
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    steps = list(before)
    if pattern is not None:
        steps.append(pre_tokenizers.Split(Regex(pattern), "isolated"))
    steps.append(pre_tokenizers.ByteLevel(add_prefix_space=prefix_space, use_regex=pattern is None))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps) if len(steps) > 1 else steps[0]
    tokenizer.decoder = decoders.ByteLevel()
    return trained(tokenizer)


def after(tokenizer, first):
    """With a token that is put before every text."""
    tokenizer.add_special_tokens(special(first))
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{first} $A", special_tokens=[(first, tokenizer.token_to_id(first))])
    return tokenizer


PREPENDED = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])


def llama2(pre=None, normalizer=PREPENDED, decoder=None):
    """SentencePiece's BPE as Transformers converts it."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    if pre is not None:
        tokenizer.pre_tokenizer = pre
    tokenizer.decoder = decoder or decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    byte_tokens = [f"<0x{byte:02X}>" for byte in range(256)]
    trained(tokenizer, 450, False, ["<unk>", "<s>", "</s>"] + byte_tokens)
    # The bytes are ordinary tokens of the vocabulary, as in converted files.
    said = json.loads(tokenizer.to_str())
    said["added_tokens"] = [each for each in said["added_tokens"] if not each["content"].startswith("<0x")]
    tokenizer = Tokenizer.from_str(json.dumps(said))
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return tokenizer


def gemma():
    blanks = normalizers.Replace(" ", "▁")
    decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    return llama2(pre_tokenizers.Split(" ", "merged_with_previous"), blanks, decoder)


def neox():
    """Runs of blanks are tokens that were added and are not special."""
    tokenizer = byte_level(normalizer=normalizers.NFC())
    tokenizer.add_special_tokens(special("<|endoftext|>"))
    tokenizer.add_tokens([AddedToken(" " * count, normalized=True) for count in range(8, 1, -1)])
    return tokenizer


def with_plain(tokenizer, *texts):
    """Tokens that were added, are not special, and are looked for before the text is normalized."""
    tokenizer.add_tokens([AddedToken(each, special=False, normalized=False) for each in texts])
    return tokenizer


def falcon():
    return steps(pre_tokenizers.Punctuation("contiguous"), pre_tokenizers.ByteLevel(add_prefix_space=False), pre_tokenizers.Digits(False))()


def steps(*before, normalizer=None):
    return lambda: byte_level(before=list(before), normalizer=normalizer)


made = {
    "llama-3": lambda: after(byte_level(LLAMA3, ignore_merges=True), "<|begin_of_text|>"),
    "qwen-2": lambda: byte_level(QWEN2, normalizers.NFC()),
    "gpt-4o": lambda: byte_level(O200K),
    "gpt-2": lambda: byte_level(),
    "roberta": lambda: byte_level(prefix_space=True),
    "nfkc": lambda: byte_level(normalizer=normalizers.NFKC()),
    "starcoder": lambda: byte_level(before=[pre_tokenizers.Digits(individual_digits=True)]),
    "gpt-neox": neox,
    "llama-2": lambda: llama2(),
    "llama-2 by metaspace": lambda: llama2(
        pre_tokenizers.Metaspace("▁", "first", False),
        None,
        decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]),
    ),
    "mistral by metaspace": lambda: llama2(pre_tokenizers.Metaspace("▁", "always", True), None, decoders.Metaspace("▁", "always", True)),
    "gemma": gemma,
    "gemma with tokens that were added": lambda: with_plain(gemma(), "\n\n", "\n\n\n", "<tool>", "  "),
    "llama-2 with tokens that were added": lambda: with_plain(llama2(), "<tool>", "God"),
    "falcon": falcon,
    "punctuation that is removed": steps(pre_tokenizers.Punctuation("removed"), pre_tokenizers.Digits(True)),
    "blanks before normalized texts": lambda: byte_level(normalizer=normalizers.NFKC(), prefix_space=True),
    "pieces that are removed": steps(pre_tokenizers.Split(Regex(r"\s+"), "removed"), pre_tokenizers.Split("e", "removed")),
    "pieces by themselves": steps(pre_tokenizers.Split(Regex(r"\w+|[^\w\s]+"), "isolated"), pre_tokenizers.Split("e.", "isolated")),
    "punctuation": steps(pre_tokenizers.Punctuation(), pre_tokenizers.Digits(False)),
    "normalized": steps(
        normalizer=normalizers.Sequence(
            [
                normalizers.NFKD(),
                normalizers.StripAccents(),
                normalizers.Lowercase(),
                normalizers.Replace(Regex(r"\d"), "0"),
                normalizers.Replace("o", "ö"),
                normalizers.Replace("$", "$$"),
                normalizers.Prepend("_"),
                normalizers.NFD(),
                normalizers.Strip(),
            ]
        )
    ),
}

answers = []
for name, make in made.items():
    tokenizer = make()
    tokenizer.encode_special_tokens = True
    ids = [tokenizer.encode(text, add_special_tokens=False).ids for text in TEXTS]
    decoded = [tokenizer.decode(each, skip_special_tokens=False) for each in ids]
    answers.append({"name": name, "json": json.loads(tokenizer.to_str()), "ids": ids, "decoded": decoded})
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump({"texts": TEXTS, "tokenizers": answers}, file, ensure_ascii=False, separators=(",", ":"))
