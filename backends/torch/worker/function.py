"""A program as one Python function with a line for each operation, which deletes each value after its last use; to be compiled, a line for each part.

Not here: what an operation becomes (`operations.py`), where a program is cut (`parts.py`).
"""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import torch

from operations import RULES, Call, Made, Products
from parts import cuts_of
from rounding import with_rounded_operands


def last_uses(nodes: list[dict], outlive: set[int]) -> list[list[int]]:
    """For each node the values that nothing reads after it, except those that must outlive the nodes."""
    outlive = set(outlive)
    deaths: list[list[int]] = []
    for node in reversed(nodes):
        dead = []
        for value in [*node["outputs"], *node["inputs"]]:
            if value not in outlive:
                outlive.add(value)
                dead.append(value)
        deaths.append(dead)
    return deaths[::-1]


def deletion(names: list[str]) -> list[str]:
    return [f"del {', '.join(names)}"] if names else []


def function_text(inputs: list[str], lines: list[str], outputs: list[str]) -> str:
    body = "\n".join(f"    {line}" for line in [*lines, f"return ({''.join(f'{name}, ' for name in outputs)})"])
    return f"def program({', '.join(inputs)}):\n{body}\n"


@dataclass(frozen=True)
class Setting:
    device: torch.device
    products: Products
    # Operands of products are in bf16, sums in f32.
    bf16: bool = False


class Writer:
    """Writes nodes as lines, with names that do not depend on the place in the program, so that equal parts have equal texts."""

    def __init__(self, types: list[dict], setting: Setting):
        self.types, self.setting = types, setting
        self.names: dict[int, str] = {}
        self.made = Made()

    def name(self, value: int) -> str:
        return self.names.setdefault(value, f"v{len(self.names)}")

    def function(self, nodes: list[dict], inputs: list[int], outputs: list[int]) -> str:
        given = [self.name(value) for value in inputs]
        lines = []
        for node, dead in zip(nodes, last_uses(nodes, {*inputs, *outputs})):
            call = Call(
                inputs=[self.name(value) for value in node["inputs"]],
                outputs=[self.name(value) for value in node["outputs"]],
                attributes=node["attributes"],
                input_types=[self.types[value] for value in node["inputs"]],
                output_types=[self.types[value] for value in node["outputs"]],
                made=self.made,
                products=self.setting.products,
            )
            lines += RULES[node["operation"]](call) + deletion([self.name(value) for value in dead])
        return function_text(given, lines, [self.name(value) for value in outputs])

    def callable(self, text: str, title: str) -> Callable[..., tuple[torch.Tensor, ...]]:
        names: dict = {"torch": torch, "device": self.setting.device}
        for expression, name in self.made.expressions.items():
            names[name] = eval(expression, {"torch": torch, "device": self.setting.device})
        # Each function needs its own code object, because torch.compile caches by code object.
        exec(compile(text, f"<{title}>", "exec"), names)
        return names["program"]


@dataclass
class Function:
    """A program that can be called; if it was compiled, with the number of its parts and the number of distinct ones."""

    call: Callable[..., tuple[torch.Tensor, ...]]
    parts: int = 1
    unlike: int = 1


# Parts with fewer operations have little to fuse, and take as long to compile as others.
FEWEST = 20

# A part that occurs once is worth the seconds to compile it only if it computes at least this many numbers.
MANY = 2**24


def values_of(each: list[dict]) -> list[int]:
    return [one["value"] for one in each]


def in_precision(program: dict, setting: Setting) -> dict:
    return with_rounded_operands(program) if setting.bf16 else program


def function_of(program: dict, setting: Setting) -> Function:
    program = in_precision(program, setting)
    writer = Writer(program["types"], setting)
    text = writer.function(program["nodes"], values_of(program["inputs"]), values_of(program["outputs"]))
    return Function(writer.callable(text, program["name"]))


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
    nodes, types = program["nodes"], program["types"]
    cuts = cuts_of(program)
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


def compiled_function_of(program: dict, setting: Setting) -> Function:
    """The same function with its parts compiled; equal parts are compiled once."""
    program = in_precision(program, setting)
    given, results = values_of(program["inputs"]), values_of(program["outputs"])
    parts = parts_of(program, setting)
    times = Counter(part.key for part in parts)
    called = {key: f"part{index}" for index, key in enumerate(times)}
    names = {called[part.key]: part.callable(times[part.key]) for part in {each.key: each for each in parts}.values()}
    calls = [{"inputs": part.inputs, "outputs": part.outputs, "part": called[part.key]} for part in parts]
    name = "v{}".format
    lines = []
    for call, dead in zip(calls, last_uses(calls, {*given, *results})):
        left = "".join(f"{name(value)}, " for value in call["outputs"])
        lines.append(f"{left}{'= ' if left else ''}{call['part']}({', '.join(map(name, call['inputs']))})")
        lines += deletion([name(value) for value in dead])
    outer = function_text([name(value) for value in given], lines, [name(value) for value in results])
    exec(compile(outer, f"<{program['name']}>", "exec"), names)
    return Function(names["program"], len(parts), len(times))
