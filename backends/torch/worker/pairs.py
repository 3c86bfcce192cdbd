"""Pairs of products of one wide matrix, e · w and eᵀ · y, as one operation that takes it piece by piece: the two gradients of a head of many tokens.

A piece is in a processor's cache when it is multiplied a second time, and so is its product when it is added to the sum of those of earlier chunks, which
is changed in place. For bf16 on a CPU. Not here: how operands are rounded (`rounding.py`).
"""

from collections import Counter

import torch

# Columns of the wide matrix that are multiplied at a time, and how many it has at least.
PIECE, WIDE = 2**11, 2**13


def products(wide: torch.Tensor, w: torch.Tensor, y: torch.Tensor, total: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    """wide · w and wideᵀ · y in f32, the latter added to `total` in its memory. The products of a piece are rounded to bf16, as all are; sums are not."""
    of_rows = torch.zeros(wide.shape[0], w.shape[1])
    of_columns = torch.empty(wide.shape[1], y.shape[1]) if total is None else total
    for begin in range(0, wide.shape[1], PIECE):
        columns = slice(begin, begin + PIECE)
        piece = wide[:, columns]
        of_rows.add_(torch.mm(piece, w[columns]).float())
        product = torch.mm(piece.mT, y)
        if total is None:
            of_columns[columns].copy_(product)
        else:
            of_columns[columns].add_(product.float())
    return of_rows, of_columns


def wide_operand(node: dict, types: list[dict], transposed: bool) -> int | None:
    """The wide matrix of which a node is the product, or of whose transpose."""
    if node["operation"] != "matmul":
        return None
    attributes, wide = node["attributes"], node["inputs"][0]
    alike = attributes == {**attributes, "transposeA": transposed, "transposeB": False, "alpha": 1}
    shape = types[wide]["shape"]
    return wide if alike and types[wide]["dtype"] == "bf16" and len(shape) == 2 and shape[1] >= WIDE else None


def with_pairs(program: dict) -> dict:
    """The program with each pair as one node, where its second product was; what needs the first comes after that."""
    types = program["types"]
    reads = Counter([*(value for node in program["nodes"] for value in node["inputs"]), *(each["value"] for each in program["outputs"])])
    additions = {value: node for node in program["nodes"] if node["operation"] == "add" for value in node["inputs"] if reads[value] == 1}
    seconds = {wide_operand(node, types, transposed=True): node for node in program["nodes"]}
    seconds.pop(None, None)
    nodes: list[dict] = []
    # The first product of a pair whose second is still to come, and what needs it.
    first: dict | None = None
    waiting: list[dict] = []
    late: set[int] = set()
    # Sums that a pair has written and only one node reads, and the additions that are in pairs.
    sums: set[int] = set()
    done: set[int] = set()

    def pair(second: dict) -> dict:
        [product] = second["outputs"]
        inputs = [*first["inputs"], second["inputs"][1]]
        addition = additions.get(product)
        before = [] if addition is None else [value for value in addition["inputs"] if value in sums and types[value] == types[product]]
        if before:
            done.add(id(addition))
            inputs += before
            [product] = addition["outputs"]
        if reads[product] == 1:
            sums.add(product)
        return {"operation": "pairedProducts", "attributes": {}, "inputs": inputs, "outputs": [*first["outputs"], product]}

    for node in program["nodes"]:
        if id(node) in done:
            continue
        if first is None and wide_operand(node, types, transposed=False) in seconds:
            first, late = node, {*node["outputs"]}
        elif late.intersection(node["inputs"]):
            waiting.append(node)
            late.update(node["outputs"])
        elif first is not None and node is seconds[first["inputs"][0]]:
            nodes += [pair(node), *waiting]
            first, waiting, late = None, [], set()
        else:
            nodes.append(node)
    return {**program, "nodes": [*nodes, *([] if first is None else [first, *waiting])]}
