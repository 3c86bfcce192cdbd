"""A small GPT-2 as Transformers makes and saves it, of random weights.

    make_gpt2.py FOLDER
"""
import sys

import torch
from transformers import GPT2Config, GPT2LMHeadModel

torch.manual_seed(1)
config = GPT2Config(n_layer=4, n_head=4, n_embd=64, n_positions=32, resid_pdrop=0, embd_pdrop=0, attn_pdrop=0)
GPT2LMHeadModel(config).save_pretrained(sys.argv[1])
