"""One training step of a GPT in PyTorch, on the CPU or on an NVIDIA GPU: a peer of the benchmark.

Forward, backward, clipping by global norm 1.0, AdamW (betas 0.9 and 0.99, decay 0.1 on matrices only). Pre-norm, exact GELU, tied
embedding, biases on, no dropout, f32. The batch is random tokens, the same at each step, so that a falling loss shows learning.
Each part is the fastest that PyTorch offers for it: scaled_dot_product_attention, one product for query, key and value, gradients
set to None, and with --optimizer fused also AdamW (fused) and clipping (over lists of tensors); with --optimizer default these two
are as PyTorch has them for who asks for nothing.

On a GPU products of f32 are computed in f32: TF32 is off. With --autocast, PyTorch's autocast has products in bf16.

With --evaluate only losses are computed, without gradients.

One line of JSON goes to stdout; times are milliseconds a step, memory is the process's peak.
"""

import argparse
import json
import math
import platform
import resource
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(width)
        self.attention_in = nn.Linear(width, 3 * width)
        self.attention_out = nn.Linear(width, width)
        self.mlp_norm = nn.LayerNorm(width)
        self.expand = nn.Linear(width, 4 * width)
        self.contract = nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, context, width = x.shape
        qkv = self.attention_in(self.attention_norm(x)).view(batch, context, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # each [batch, heads, context, head size]
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.attention_out(y.transpose(1, 2).reshape(batch, context, width))
        return x + self.contract(F.gelu(self.expand(self.mlp_norm(x))))


class Gpt(nn.Module):
    def __init__(self, layers: int, heads: int, width: int, context: int, vocabulary: int):
        super().__init__()
        self.token = nn.Embedding(vocabulary, width)
        self.position = nn.Embedding(context, width)
        self.blocks = nn.ModuleList([Block(width, heads) for _ in range(layers)])
        self.norm = nn.LayerNorm(width)
        for name, parameter in self.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(parameter)
            elif parameter.dim() == 2:
                residual = "attention_out" in name or "contract" in name
                nn.init.normal_(parameter, std=0.02 / math.sqrt(2 * layers) if residual else 0.02)

    def forward(self, inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        x = self.token(inputs) + self.position.weight[: inputs.shape[1]]
        for block in self.blocks:
            x = block(x)
        logits = F.linear(self.norm(x), self.token.weight)
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


def peak_rss_mb() -> float:
    """The process's own peak, without its children (compiler workers). Linux reports KiB, macOS bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in [("layers", 4), ("heads", 4), ("width", 128), ("context", 64), ("batch", 12), ("vocabulary", 65)]:
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--steps", type=int, default=20, help="timed steps")
    parser.add_argument("--warmup", type=int, default=3, help="steps before the clock starts (compilation happens here)")
    parser.add_argument("--threads", type=int, default=0, help="0: PyTorch's own choice")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--compile", action="store_true", help="torch.compile the forward pass and with it the backward one")
    parser.add_argument("--autocast", action="store_true", help="products in bf16")
    parser.add_argument("--evaluate", action="store_true", help="the loss alone, without gradients")
    parser.add_argument("--optimizer", choices=["default", "fused"], default="fused")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    if args.threads:
        torch.set_num_threads(args.threads)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.manual_seed(1)
    baseline = peak_rss_mb()
    model = Gpt(args.layers, args.heads, args.width, args.context, args.vocabulary).to(args.device)
    parameters = list(model.parameters())
    groups = [
        {"params": [p for p in parameters if p.dim() >= 2], "weight_decay": 0.1},
        {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0},
    ]
    asked = True if args.optimizer == "fused" else None
    optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99), eps=1e-8, fused=asked)
    forward = torch.compile(model) if args.compile else model
    tokens = torch.randint(args.vocabulary, (args.batch, args.context + 1)).to(args.device)
    inputs, targets = tokens[:, :-1].contiguous(), tokens[:, 1:].contiguous()

    losses, milliseconds = [], []
    for step in range(args.warmup + args.steps):
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        with torch.set_grad_enabled(not args.evaluate), torch.autocast(args.device, torch.bfloat16, enabled=args.autocast):
            loss = forward(inputs, targets)
        if not args.evaluate:
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, 1.0, foreach=asked)
            optimizer.step()
        losses.append(loss.item())
        if step >= args.warmup:
            milliseconds.append(1000 * (time.perf_counter() - start))

    print(
        json.dumps(
            {
                "peer": "torch-compile" if args.compile else "torch-eager",
                "medianMs": statistics.median(milliseconds),
                "minMs": min(milliseconds),
                "steps": args.steps,
                "peakRssMb": peak_rss_mb(),
                "importedRssMb": baseline,
                "parameters": sum(p.numel() for p in parameters),
                "losses": losses,
                "device": torch.cuda.get_device_name() if args.device == "cuda" else "cpu",
                "threads": torch.get_num_threads(),
                "optimizer": f"AdamW(fused={asked})",
                "versions": {"python": platform.python_version(), "torch": torch.__version__},
            }
        )
    )


if __name__ == "__main__":
    main()
