"""What PyTorch's own Muon, with AdamW beside it, makes of a small GPT in 30 steps, and of single matrices in one.

usage: muon_torch.py ASKED.json

PyTorch iterates Newton-Schulz in bfloat16. With "float32" its own code runs in float32 instead, so that what is compared is the rule and not the
precision of its products.
"""

import json
import math
import sys
from unittest import mock

import torch
from torch.nn import functional as F

torch.set_num_threads(1)


def is_matrix(name: str) -> bool:
    return name.startswith("layers.") and name.endswith(".weight") and ".norm." not in name


def loss_of(model: dict, p: dict, inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """vcycle's GPT; matrices are [out, in], as a Linear has them."""
    width, heads, h = model["width"], model["heads"], model["h"]
    batch, time = inputs.shape

    def norm(x, name):
        return F.layer_norm(x, (width,), p[f"{name}.weight"], p[f"{name}.bias"], 1e-5)

    def linear(x, name):
        return F.linear(x, p[f"{name}.weight"], p[f"{name}.bias"])

    def by_head(x):
        return x.view(batch, time, heads, width // heads).transpose(1, 2)

    x = p["embedding.token.weight"][inputs] + p["embedding.position.weight"]
    for layer in range(model["layers"]):
        name = f"layers.{layer}"
        a = norm(x, f"{name}.attention.norm")
        q, k, v = (by_head(linear(a, f"{name}.attention.{part}")) for part in ("query", "key", "value"))
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(batch, time, width)
        x = x + h * linear(mixed, f"{name}.attention.output")
        m = norm(x, f"{name}.mlp.norm")
        x = x + h * linear(F.gelu(linear(m, f"{name}.mlp.expand")), f"{name}.mlp.contract")
    logits = F.linear(norm(x, "norm"), p["embedding.token.weight"])
    return F.cross_entropy(logits.view(batch * time, -1), targets.reshape(-1))


def muon_of(tensors: list, s: dict) -> torch.optim.Optimizer:
    return torch.optim.Muon(
        tensors,
        lr=s["rate"],
        weight_decay=s["weightDecay"],
        momentum=s["momentum"],
        nesterov=s["nesterov"],
        ns_coefficients=tuple(s["coefficients"]),
        eps=s["epsilon"],
        ns_steps=s["iterations"],
        adjust_lr_fn=s["shapeFactor"].replace("-", "_"),
    )


def trained(asked: dict) -> dict:
    model, s = asked["model"], asked["optimizer"]
    p = {}
    for name, (shape, values) in asked["parameters"].items():
        tensor = torch.tensor(values, dtype=torch.float32).view(shape)
        p[name] = torch.nn.Parameter(tensor.T.contiguous() if is_matrix(name) else tensor)
    matrices = [tensor for name, tensor in p.items() if is_matrix(name)]
    tables = [tensor for name, tensor in p.items() if tensor.ndim == 2 and not is_matrix(name)]
    vectors = [tensor for tensor in p.values() if tensor.ndim == 1]
    rest = s["rest"]
    groups = [{"params": tables, "weight_decay": s["weightDecay"]}, {"params": vectors, "weight_decay": 0.0}]
    optimizers = [
        muon_of(matrices, s),
        torch.optim.AdamW(groups, lr=s["rate"] * rest["rate"], betas=(rest["beta1"], rest["beta2"]), eps=rest["epsilon"]),
    ]
    losses = []
    for inputs, targets in asked["batches"]:
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss = loss_of(model, p, torch.tensor(inputs), torch.tensor(targets))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(p.values(), s["clip"])
        for optimizer in optimizers:
            optimizer.step()
        losses.append(loss.item())
    shown = p[asked["shown"]].detach()
    return {"losses": losses, "shown": (shown.T if is_matrix(asked["shown"]) else shown).flatten().tolist()}


def changed(asked: dict) -> list:
    """The change of a matrix of zeros by one step with that gradient, both laid out as given."""
    gradient = torch.tensor(asked["gradient"])
    parameter = torch.nn.Parameter(torch.zeros_like(gradient))
    parameter.grad = gradient
    muon_of([parameter], {**asked["optimizer"], "weightDecay": 0.0}).step()
    return parameter.detach().tolist()


def answered(asked: dict) -> list:
    return [{"trained": trained, "changed": changed}[each["kind"]](each) for each in asked]


def main(path: str) -> None:
    with open(path, encoding="utf-8") as file:
        asked = json.load(file)
    with mock.patch.object(torch.Tensor, "bfloat16", lambda self: self.to(torch.float32, copy=True)):
        exact = answered(asked)
    assert all(math.isfinite(loss) for each in exact if isinstance(each, dict) for loss in each["losses"])
    json.dump({"version": torch.__version__, "float32": exact, "bfloat16": answered(asked)}, sys.stdout)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
