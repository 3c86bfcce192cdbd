"""Writes tiny GPT-2s, Llamas and a Qwen3 as Hugging Face's Transformers saves them, each with logits of its own, for tests that need no Python.

usage: make_golden.py FOLDER

One is as GPT-2 is saved today; one in bf16 and in shards; one in f16, of the model without its head, with the mask buffers of old files, and exact GELU.
A Llama is as it is saved today, with a head of its own; one is tied, in bf16, with a configuration as earlier versions wrote it; a Qwen3 has norms of queries
and keys.
"""

import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"

import torch  # noqa: E402
import transformers  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402

SIZES = {"n_layer": 2, "n_head": 2, "n_embd": 8, "n_positions": 6, "vocab_size": 11, "bos_token_id": None, "eos_token_id": None}


def model_of(activation: str) -> transformers.GPT2LMHeadModel:
    torch.manual_seed(1)
    config = transformers.GPT2Config(**SIZES, activation_function=activation, attn_pdrop=0, embd_pdrop=0, resid_pdrop=0)
    model = transformers.GPT2LMHeadModel(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.5)
    return model


LLAMA_SIZES = {
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "hidden_size": 16,
    "head_dim": 4,
    "intermediate_size": 12,
    "max_position_embeddings": 6,
    "vocab_size": 11,
    "bos_token_id": None,
    "eos_token_id": None,
    "rope_parameters": {"rope_type": "default", "rope_theta": 500.0},
}


def llama_of(config_class: type, **own: object) -> transformers.PreTrainedModel:
    torch.manual_seed(2)
    model = transformers.AutoModelForCausalLM.from_config(config_class(**LLAMA_SIZES, **own)).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.4)
    return model


def as_of_old(folder: str) -> None:
    """A configuration with `rope_theta` beside the other keys, as versions before 5 wrote it."""
    file = os.path.join(folder, "config.json")
    with open(file, encoding="utf-8") as given:
        config = json.load(given)
    config["rope_theta"] = config.pop("rope_parameters")["rope_theta"]
    config["rope_scaling"] = None
    with open(file, "w", encoding="utf-8") as made:
        json.dump(config, made, indent=2)
        made.write("\n")


def write_logits(folder: str, model: transformers.PreTrainedModel) -> None:
    tokens = [[3, 1, 4, 1, 5, 9], [10, 0, 2, 6, 5, 3]]
    with torch.no_grad():
        logits = model(torch.tensor(tokens)).logits
    with open(os.path.join(folder, "logits.json"), "w", encoding="utf-8") as file:
        json.dump({"tokens": tokens, "logits": [[[round(x, 6) for x in row] for row in each] for each in logits.tolist()]}, file)
        file.write("\n")


def main(folder: str) -> None:
    whole, sharded, bare = (os.path.join(folder, name) for name in ("whole", "sharded-bf16", "bare-f16"))
    model_of("gelu_new").save_pretrained(whole)
    write_logits(whole, transformers.GPT2LMHeadModel.from_pretrained(whole, dtype=torch.float32))

    model_of("gelu_new").bfloat16().save_pretrained(sharded, max_shard_size="2KB")
    write_logits(sharded, transformers.GPT2LMHeadModel.from_pretrained(sharded, dtype=torch.float32))

    model_of("gelu").half().transformer.save_pretrained(bare)
    file = os.path.join(bare, "model.safetensors")
    tensors = load_file(file)
    for layer in range(SIZES["n_layer"]):
        tensors[f"h.{layer}.attn.bias"] = torch.ones(6, 6, dtype=torch.bool).tril().view(1, 1, 6, 6)
        tensors[f"h.{layer}.attn.masked_bias"] = torch.tensor(-1e4, dtype=torch.float16)
    write_logits(bare, transformers.GPT2LMHeadModel.from_pretrained(bare, dtype=torch.float32))
    save_file(tensors, file, metadata={"format": "pt"})

    untied, old, qwen = (os.path.join(folder, name) for name in ("llama", "llama-of-old", "qwen3"))
    llama_of(transformers.LlamaConfig, tie_word_embeddings=False).save_pretrained(untied)
    write_logits(untied, transformers.AutoModelForCausalLM.from_pretrained(untied, dtype=torch.float32))
    llama_of(transformers.LlamaConfig, tie_word_embeddings=True).bfloat16().save_pretrained(old)
    as_of_old(old)
    write_logits(old, transformers.AutoModelForCausalLM.from_pretrained(old, dtype=torch.float32))
    llama_of(transformers.Qwen3Config, tie_word_embeddings=True).save_pretrained(qwen)
    write_logits(qwen, transformers.AutoModelForCausalLM.from_pretrained(qwen, dtype=torch.float32))
    for each in (whole, sharded, bare, untied, old, qwen):
        for name in os.listdir(each):
            if name == "generation_config.json":
                os.remove(os.path.join(each, name))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
