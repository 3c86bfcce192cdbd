"""The parts of a program as functions that torch.compile compiles, equal parts once, and a function that calls them in order.

On a CPU they are compiled in a process of their own (`apart.py`). Not here: where a program is cut (`parts.py`).
"""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import torch

import apart
from apart import Boxed, Source
from collectives import with_means
from parts import cuts_of
from writing import Setting, Writer, deletion, function_text, last_uses, names_of_texts, values_of

# Parts with fewer operations have little to fuse, and take as long to compile as others.
FEWEST = 20

# A part that occurs once is worth the seconds to compile it only if it computes at least this many numbers.
MANY = 2**24


@dataclass
class Part:
    """A range of a program's nodes as a separate function; parts with the same key are equal."""

    key: tuple
    writer: Writer
    nodes: list[dict]
    text: str
    title: str
    inputs: list[int]
    outputs: list[int]
    numbers: int

    def is_worth(self, times: int) -> bool:
        """Whether compiling it pays. A part that computes only scalars, such as a sum of many, does not."""
        some = len(self.nodes) >= FEWEST and self.numbers > len(self.nodes)
        return some and (times > 1 or self.numbers >= MANY)

    @property
    def source(self) -> Source:
        return Source(self.text, self.title, [self.writer.types[value] for value in self.inputs], [*self.writer.made.expressions])

    def plain(self) -> Boxed:
        """Not compiled: each input is freed after its last use."""
        return self.writer.callable(self.writer.boxed(self.nodes, self.inputs, self.outputs), self.title)


@dataclass
class Parts:
    """A program cut into parts; of equal ones the first is in `unlike`, by its key."""

    program: dict
    all: list[Part]
    unlike: dict[tuple, Part] = field(init=False)

    def __post_init__(self) -> None:
        self.unlike = {}
        for part in self.all:
            self.unlike.setdefault(part.key, part)

    @property
    def worth(self) -> list[Part]:
        times = Counter(part.key for part in self.all)
        return [part for key, part in self.unlike.items() if part.is_worth(times[key])]

    @property
    def constants(self) -> list[torch.Tensor]:
        return [tensor for part in self.unlike.values() for tensor in part.writer.constants.values()]

    def call(self, compiled: dict[tuple, Boxed]) -> Callable[..., tuple[torch.Tensor, ...]]:
        """The whole program as a function that calls its parts; those that are not among the compiled ones run as they are."""
        given, results = values_of(self.program["inputs"]), values_of(self.program["outputs"])
        called = {key: f"part{index}" for index, key in enumerate(self.unlike)}
        names = {called[key]: part.writer.bound(compiled[key]) if key in compiled else part.plain() for key, part in self.unlike.items()}
        calls = [{"inputs": part.inputs, "outputs": part.outputs, "part": called[part.key]} for part in self.all]
        name = "v{}".format
        lines = []
        for call, dead in zip(calls, last_uses(calls, {*given, *results})):
            left = "".join(f"{name(value)}, " for value in call["outputs"])
            # The part alone holds what nothing else reads.
            lines.append(f"held = [{', '.join(map(name, call['inputs']))}]")
            lines += deletion([name(value) for value in dead if value in call["inputs"]])
            lines.append(f"{left}{'= ' if left else ''}{call['part']}(held)")
            lines += deletion([name(value) for value in dead if value not in call["inputs"]])
        outer = function_text([name(value) for value in given], lines, [name(value) for value in results])
        exec(compile(outer, f"<{self.program['name']}>", "exec"), names)
        return names["program"]


def parts_of(program: dict, setting: Setting) -> Parts:
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
        text = writer.for_compiler(own, inputs, outputs)
        key = (text, tuple(writer.made.expressions), *(str(types[value]) for value in inputs))
        numbers = sum(math.prod(types[value]["shape"]) for value in made)
        parts.append(Part(key, writer, own, text, f"{program['name']}, part {index}", inputs, outputs, numbers))
    return Parts(program, parts)


def in_this_process(source: Source, setting: Setting) -> Boxed:
    scope = names_of_texts(setting.device)
    # Each function needs its own code object, because torch.compile caches by code object.
    exec(compile(source.text, f"<{source.title}>", "exec"), scope)
    call = torch.compile(scope["program"], fullgraph=True, dynamic=source.any_length)

    def boxed(held: list[torch.Tensor]) -> tuple[torch.Tensor, ...]:
        given = [*held]
        held.clear()
        return call(*given)

    return boxed


def compiled(sources: list[Source], setting: Setting) -> list[Boxed]:
    """Each source as a function of its tensors, constants included."""
    if apart.is_possible(setting.device):
        return apart.compiled_apart(sources)
    return [in_this_process(source, setting) for source in sources]
