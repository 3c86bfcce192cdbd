"""A small Llama as Transformers makes and saves it, of random weights, with GPT-2's vocabulary.

    make_llama.py FOLDER
"""
import sys

import torch
from transformers import LlamaConfig, LlamaForCausalLM

torch.manual_seed(1)
config = LlamaConfig(
    vocab_size=50257,
    num_hidden_layers=4,
    num_attention_heads=4,
    num_key_value_heads=2,
    hidden_size=64,
    intermediate_size=128,
    max_position_embeddings=32,
    rms_norm_eps=1e-5,
    tie_word_embeddings=True,
    # Llama's own tokens begin and end a text; these are GPT-2's.
    bos_token_id=50256,
    eos_token_id=50256,
)
LlamaForCausalLM(config).save_pretrained(sys.argv[1])
