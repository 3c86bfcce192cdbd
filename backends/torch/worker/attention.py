"""`vcycle::attention` and its gradient: causal attention over [time·batch, width] with PyTorch's fused kernels, which store no probabilities.

They are custom operations, so that torch.compile does not decompose them. Operands are f32, or bf16 if products are in bf16. On the CPU, bf16 operands
are multiplied in f32, because in the backward pass the f32 kernel takes half the time of the bf16 kernel; compiled, `composed` takes half of that again.
"""

import math

import torch
from torch.nn.functional import pad, scaled_dot_product_attention

from products import LIBRARY

Three = tuple[torch.Tensor, torch.Tensor, torch.Tensor]

LIBRARY.define("attention(Tensor q, Tensor k, Tensor v, int batch, int heads, float scale) -> (Tensor, Tensor)")
LIBRARY.define(
    "attention_gradient(Tensor q, Tensor k, Tensor v, Tensor output, Tensor sums, Tensor cotangent, int batch, int heads, float scale)"
    " -> (Tensor, Tensor, Tensor)"
)


def heads_of(x: torch.Tensor, batch: int, heads: int) -> torch.Tensor:
    """[time·batch, width] → [batch, heads, time, size], as a view where the layout allows it"""
    return x.reshape(x.shape[0] // batch, batch, heads, x.shape[1] // heads).permute(1, 2, 0, 3)


def heads_of_all(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, batch: int, heads: int) -> list[torch.Tensor]:
    """The heads of each; where several heads of q share one of k and v, that is repeated for them, for kernels that know no groups."""
    own = k.shape[1] * heads // q.shape[1]
    shared = [heads_of(x, batch, own) for x in (k, v)]
    return [heads_of(q, batch, heads), *(shared if own == heads else (x.repeat_interleave(heads // own, dim=1) for x in shared))]


def sum_of_groups(x: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """[batch, heads, time, size] → [batch, heads of k, time, size]: the undoing of that repetition"""
    batch, heads, time, size = x.shape
    own = k.shape[1] // size
    return x if own == heads else x.reshape(batch, own, heads // own, time, size).sum(2)


def rows_of(x: torch.Tensor) -> torch.Tensor:
    """[batch, heads, time, size] → [time·batch, width], in f32"""
    batch, heads, time, size = x.shape
    return x.permute(2, 0, 1, 3).reshape(time * batch, heads * size).float().contiguous()


def handed_on(output: torch.Tensor, q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """The output [batch, heads, time, size] with NaN where a row has no finite score: kernels give zeros there. Every row includes its own token's score."""
    return output.add_(torch.sum(q * k, dim=3, keepdim=True).mul_(0))


def on_cpu(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, batch: int, heads: int, scale: float) -> tuple[torch.Tensor, torch.Tensor]:
    own = heads_of_all(q.float(), k.float(), v.float(), batch, heads)
    output, sums = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(*own, 0.0, True, scale=scale)
    return rows_of(handed_on(output, own[0], own[1])), sums.contiguous()


def gradient_on_cpu(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    output: torch.Tensor,
    sums: torch.Tensor,
    cotangent: torch.Tensor,
    batch: int,
    heads: int,
    scale: float,
) -> Three:
    given, result = (heads_of(x.float(), batch, heads) for x in (cotangent, output))
    own = heads_of_all(q.float(), k.float(), v.float(), batch, heads)
    backward = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward
    dq, dk, dv = backward(given, *own, result, sums, 0.0, True, scale=scale)
    return rows_of(dq), rows_of(sum_of_groups(dk, k)), rows_of(sum_of_groups(dv, v))


# CUDA kernels require that a head's size is a multiple of this; padding with zeros changes neither scores nor sums.
MULTIPLE = 8
# Heads larger than this have no kernel of flash attention.
LARGEST = 256


def padded(x: torch.Tensor) -> torch.Tensor:
    return pad(x, (0, -x.shape[3] % MULTIPLE))


def on_cuda(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, batch: int, heads: int, scale: float) -> tuple[torch.Tensor, torch.Tensor]:
    own = [padded(x) for x in heads_of_all(q, k, v, batch, heads)]
    time, size = own[0].shape[2], q.shape[1] // heads
    if q.dtype == torch.bfloat16 and own[0].shape[3] <= LARGEST:
        output, sums, *_ = torch.ops.aten._scaled_dot_product_flash_attention(*own, 0.0, True, False, scale=scale)
    else:
        output, sums, *_ = torch.ops.aten._scaled_dot_product_efficient_attention(*own, None, True, 0.0, True, scale=scale)
    return rows_of(handed_on(output, own[0], own[1])[..., :size]), sums[..., :time].contiguous()


def gradient_by_autograd(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    output: torch.Tensor,
    sums: torch.Tensor,
    cotangent: torch.Tensor,
    batch: int,
    heads: int,
    scale: float,
) -> Three:
    """The kernel's own gradient. It needs values of the forward pass that a program does not keep, so the forward pass is computed again."""
    with torch.enable_grad():
        own = [x.detach().requires_grad_() for x in heads_of_all(q, k, v, batch, heads)]
        again = scaled_dot_product_attention(*own, is_causal=True, scale=scale)
        dq, dk, dv = torch.autograd.grad(again, own, heads_of(cotangent.to(q.dtype), batch, heads))
    return rows_of(dq), rows_of(sum_of_groups(dk, k)), rows_of(sum_of_groups(dv, v))


def shapes(q: torch.Tensor, batch: int, heads: int) -> tuple[torch.Tensor, torch.Tensor]:
    return q.new_empty(q.shape, dtype=torch.float32), q.new_empty([batch, heads, q.shape[0] // batch], dtype=torch.float32)


# The most scores that `composed` may hold at once.
MOST_SCORES = 2**23


def is_composed(time: int, batch: int, heads: int) -> bool:
    return batch * heads * time * time <= MOST_SCORES


def flat(x: torch.Tensor) -> torch.Tensor:
    """[batch, heads, time, size] → [batch·heads, time, size]"""
    return x.reshape(-1, *x.shape[2:])


def block(x: torch.Tensor, begin: int, end: int) -> torch.Tensor:
    """Those tokens of [batch·heads, time, size], row-major: of operands of other layouts a product makes copies, element by element."""
    return x[:, begin:end].contiguous()


LOG2_E = math.log2(math.e)


def exp(x: torch.Tensor) -> torch.Tensor:
    """eˣ, less exact by the rounding of x·log₂e. The compiler takes `exp` for expensive and stores what is used twice in f32, `exp2` not."""
    return torch.exp2(x * LOG2_E)


# Tokens of a block of queries or of keys, at least; and the most blocks of a sequence, each of which is code to compile.
BLOCK, MOST_BLOCKS = 128, 4


def blocks_of(time: int) -> list[tuple[int, int]]:
    """Where the blocks of a sequence begin and end. No products are computed of pairs of blocks in which all keys are later than all queries."""
    size = max(BLOCK, math.ceil(time / MOST_BLOCKS))
    return [(begin, min(begin + size, time)) for begin in range(0, time, size)]


def scores(q: torch.Tensor, k: torch.Tensor, scale: float, before: int) -> torch.Tensor:
    """[batch·heads, queries, keys] in f32, −1e9 lower where a key is later than its query; so many keys are before the first query."""
    later = torch.full((q.shape[1], k.shape[1]), -1e9, dtype=torch.float32, device=q.device).triu(before + 1)
    return torch.bmm(q, k.mT).float() * scale + later


def composed(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, batch: int, heads: int, scale: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Attention from products in bf16, for the compiler, which makes two passes over the scores of what is between them. In blocks of queries."""
    own = heads_of_all(q, k, v, batch, heads)
    shape = own[0].shape
    q, k, v = (flat(x) for x in own)
    outputs, sums = [], []
    for begin, end in blocks_of(shape[2]):
        given = scores(block(q, begin, end), block(k, 0, end), scale, begin)
        most = given.amax(-1, keepdim=True)
        exponentials = exp(given - most)
        total = exponentials.sum(-1, keepdim=True)
        outputs.append(torch.bmm(exponentials.bfloat16(), block(v, 0, end)).float() / total)
        sums.append(most + torch.log(total))
    return rows_of(torch.cat(outputs, 1).reshape(shape)), torch.cat(sums, 1).reshape(shape[:3])


def composed_gradient(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    output: torch.Tensor,
    sums: torch.Tensor,
    cotangent: torch.Tensor,
    batch: int,
    heads: int,
    scale: float,
) -> Three:
    """In blocks of keys: nothing here is a sum over keys but the gradient of the queries."""
    own = heads_of_all(q, k, v, batch, heads)
    shape = own[0].shape
    given, result = (flat(heads_of(x, batch, heads)) for x in (cotangent, output))
    own_q, own_k, own_v = (flat(x) for x in own)
    of_row = (given.float() * result).sum(-1, keepdim=True)
    sums = sums.reshape(*given.shape[:2], 1)
    dq, dk, dv = [], [], []
    for begin, end in blocks_of(shape[2]):
        later_q, later_given = (block(x, begin, shape[2]) for x in (own_q, given))
        block_k, block_v = (block(x, begin, end) for x in (own_k, own_v))
        probabilities = exp(scores(later_q, block_k, scale, 0) - sums[:, begin:])
        of_scores = (probabilities * (torch.bmm(later_given, block_v.mT).float() - of_row[:, begin:]) * scale).bfloat16()
        dq.append(pad(torch.bmm(of_scores, block_k).float(), (0, 0, begin, 0)))
        dk.append(torch.bmm(of_scores.mT, later_q))
        dv.append(torch.bmm(probabilities.bfloat16().mT, later_given))
    dq, dk, dv = (x.float().reshape(shape) for x in (sum(dq[1:], dq[0]), torch.cat(dk, 1), torch.cat(dv, 1)))
    return rows_of(dq), rows_of(sum_of_groups(dk, k)), rows_of(sum_of_groups(dv, v))


LIBRARY.impl("attention", on_cpu, "CPU")
LIBRARY.impl("attention", on_cuda, "CUDA")
LIBRARY.impl("attention", lambda q, k, v, batch, heads, scale: shapes(q, batch, heads), "Meta")
LIBRARY.impl("attention_gradient", gradient_on_cpu, "CPU")
LIBRARY.impl("attention_gradient", gradient_by_autograd, "CUDA")
LIBRARY.impl(
    "attention_gradient", lambda q, k, v, output, sums, cotangent, batch, heads, scale: tuple(shapes(x, 1, 1)[0] for x in (q, k, v)), "Meta"
)
