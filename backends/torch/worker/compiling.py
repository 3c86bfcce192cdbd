"""The parts of a program as functions that torch.compile compiles, equal parts once, and a function that calls them in order.

Not here: where a program is cut (`parts.py`).
"""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import torch

from collectives import with_means
from parts import cuts_of
from writing import Setting, Writer, deletion, function_text, last_uses, values_of

# Parts with fewer operations have little to fuse, and take as long to compile as others.
FEWEST = 20

# A part that occurs once is worth the seconds to compile it only if it computes at least this many numbers.
MANY = 2**24


@dataclass
class Compiled:
    """A function whose parts are compiled, the number of its parts, and that of the distinct ones."""

    call: Callable[..., tuple[torch.Tensor, ...]]
    constants: list[torch.Tensor]
    parts: int
    unlike: int


@dataclass
class Part:
    """A range of a program's nodes as a separate function; parts with the same key are equal."""

    key: tuple
    writer: Writer
    text: str
    title: str
    inputs: list[int]
    outputs: list[int]
    operations: int
    numbers: int

    def callable(self, times: int) -> Callable[..., tuple[torch.Tensor, ...]]:
        plain = self.writer.callable(self.text, self.title)
        # A part that computes only scalars, such as a sum of many, is not worth compiling.
        some = self.operations >= FEWEST and self.numbers > self.operations
        worth = some and (times > 1 or self.numbers >= MANY)
        return torch.compile(plain, fullgraph=True, dynamic=False) if worth else plain


def parts_of(program: dict, setting: Setting) -> list[Part]:
    program, cuts = with_means(program, cuts_of)
    nodes, types = program["nodes"], program["types"]
    # For each part the values that are read after it or returned.
    behind: list[set[int]] = [set()] * len(cuts)
    needed = set(values_of(program["outputs"]))
    for index in reversed(range(len(cuts))):
        behind[index] = set(needed)
        for node in nodes[slice(*cuts[index])]:
            needed |= set(node["inputs"])
    parts = []
    for index, (begin, end) in enumerate(cuts):
        own = nodes[begin:end]
        made = [value for node in own for value in node["outputs"]]
        inputs = list(dict.fromkeys(value for node in own for value in node["inputs"] if value not in set(made)))
        outputs = [value for value in made if value in behind[index]]
        writer = Writer(types, setting)
        text = writer.function(own, inputs, outputs)
        key = (text, tuple(writer.made.expressions), *(str(types[value]) for value in inputs))
        numbers = sum(math.prod(types[value]["shape"]) for value in made)
        parts.append(Part(key, writer, text, f"{program['name']}, part {index}", inputs, outputs, len(own), numbers))
    return parts


def compiled_of(program: dict, setting: Setting) -> Compiled:
    given, results = values_of(program["inputs"]), values_of(program["outputs"])
    parts = parts_of(program, setting)
    times = Counter(part.key for part in parts)
    called = {key: f"part{index}" for index, key in enumerate(times)}
    unlike = list({each.key: each for each in parts}.values())
    names = {called[part.key]: part.callable(times[part.key]) for part in unlike}
    calls = [{"inputs": part.inputs, "outputs": part.outputs, "part": called[part.key]} for part in parts]
    name = "v{}".format
    lines = []
    for call, dead in zip(calls, last_uses(calls, {*given, *results})):
        left = "".join(f"{name(value)}, " for value in call["outputs"])
        lines.append(f"{left}{'= ' if left else ''}{call['part']}({', '.join(map(name, call['inputs']))})")
        lines += deletion([name(value) for value in dead])
    outer = function_text([name(value) for value in given], lines, [name(value) for value in results])
    exec(compile(outer, f"<{program['name']}>", "exec"), names)
    constants = [tensor for part in unlike for tensor in part.writer.constants.values()]
    return Compiled(names["program"], constants, len(parts), len(unlike))
