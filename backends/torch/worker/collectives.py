"""Means over ranks within a program: each is started when the last of its tensors is ready, and awaited where the first result is read.

A bucket is one flat tensor, so its tensors are added in a fixed order. Not here: which rank is where (`ranks.py`), which tensors make a bucket (vcycle).
"""

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import accumulate
from typing import Protocol

import torch

Spans = list[tuple[int, int]]


class Work(Protocol):
    def wait(self) -> object: ...


class Bucket:
    """A mean that is being computed."""

    def __init__(self, flat: torch.Tensor, shapes: Sequence[torch.Size], ranks: int, work: Work):
        self.flat, self.shapes, self.ranks, self.work = flat, shapes, ranks, work

    def wait(self) -> list[torch.Tensor]:
        self.work.wait()
        # (A library's own mean needs a newer PyTorch for gloo; a sum times 1/ranks is as deterministic.)
        pieces = torch.split(self.flat.mul_(1 / self.ranks), [shape.numel() for shape in self.shapes])
        return [piece.view(shape) for piece, shape in zip(pieces, self.shapes)]


def send(flat: torch.Tensor) -> Work:
    return torch.distributed.all_reduce(flat, async_op=True)


class Slow:
    """Sends with a delay, one bucket after the other, in a thread: a slow network, to measure how much of it is hidden behind the backward pass."""

    def __init__(self, milliseconds: float):
        self.seconds = milliseconds / 1000
        self.thread = ThreadPoolExecutor(max_workers=1)

    def __call__(self, flat: torch.Tensor) -> Work:
        return Waiting(self.thread.submit(self._send, flat))

    def _send(self, flat: torch.Tensor) -> None:
        time.sleep(self.seconds)
        torch.distributed.all_reduce(flat)


class Waiting:
    def __init__(self, future: Future):
        self.future = future

    def wait(self) -> None:
        self.future.result()


# Milliseconds by which each message is delayed; for measurements.
DELAY = float(os.environ.get("VCYCLE_RANKS_DELAY_MS", "0"))
sending = Slow(DELAY) if DELAY > 0 else send


def start(tensors: list[torch.Tensor], ranks: int) -> Bucket:
    flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
    return Bucket(flat, [tensor.shape for tensor in tensors], ranks, sending(flat))


def is_mean(node: dict) -> bool:
    return node["operation"] == "allReduce" and node["attributes"]["ranks"] > 1


def segments_of(nodes: list[dict]) -> list[list[dict]]:
    """The other nodes between means: what reads a mean comes after it."""
    segments: list[list[dict]] = [[]]
    for node in nodes:
        if is_mean(node):
            segments.append([])
        else:
            segments[-1].append(node)
    return segments


def with_means(program: dict, cut: Callable[[dict], Spans]) -> tuple[dict, Spans]:
    """Each mean as a start and a wait between parts of the program's other nodes: as early and as late as the parts allow. Gives the parts' places."""
    means = [node for node in program["nodes"] if is_mean(node)]
    types = list(program["types"])
    buckets = range(len(types), len(types) + len(means))
    types += [{"dtype": "bucket", "shape": []} for _ in means]
    parts: list[list[dict]] = []
    known = {each["value"] for each in program["inputs"]}
    begun = 0
    awaited: set[int] = set()

    def begin() -> None:
        # In the order of the program, which is the same on every rank.
        nonlocal begun
        while begun < len(means) and known.issuperset(means[begun]["inputs"]):
            parts.append([{**means[begun], "operation": "startMean", "outputs": [buckets[begun]]}])
            begun += 1

    def finish(wanted: set[int]) -> None:
        for index, mean in enumerate(means):
            if index not in awaited and wanted & set(mean["outputs"]):
                parts.append([{**mean, "operation": "awaitMean", "inputs": [buckets[index]]}])
                awaited.add(index)
                known.update(mean["outputs"])
                begin()

    begin()
    for segment in segments_of(program["nodes"]):
        for first, last in cut({**program, "nodes": segment}):
            part = segment[first:last]
            finish({value for node in part for value in node["inputs"]})
            parts.append(part)
            known.update(value for node in part for value in node["outputs"])
            begin()
    finish({each["value"] for each in program["outputs"]})
    ends = list(accumulate(len(part) for part in parts))
    return {**program, "types": types, "nodes": [node for part in parts for node in part]}, list(zip([0, *ends], ends))


def each_by_itself(program: dict) -> Spans:
    return [(place, place + 1) for place in range(len(program["nodes"]))]
