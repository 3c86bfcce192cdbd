"""A program as a function of its inputs: first what leads to the loss and the gradient's norm; then, if these are finite, the updates of state.

An update is written into the memory of the previous state where the caller has given that away, otherwise into that of a copy; so a step that is not
finite changes nothing. Not here: the text of functions (`writing.py`, `updates.py`), what is compiled (`compiling.py`).
"""

import math
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass

import torch

from collectives import each_by_itself, with_means
from compiling import compiled, parts_of
from memory import give_back_memory
from pairs import with_pairs
from rounding import with_rounded_operands
from updates import Rules, Update, updates_of, without
from wire import DTYPES
from writing import Setting, Writer, values_of


def address_of(tensor: torch.Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def own(tensor: torch.Tensor, foreign: Collection[int]) -> torch.Tensor:
    """The tensor, row-major and in its own memory: not at one of those addresses, nor a view that would keep a larger tensor alive."""
    whole = tensor.untyped_storage().nbytes() == tensor.numel() * tensor.element_size()
    if whole and address_of(tensor) not in foreign:
        return tensor.contiguous()
    return tensor.clone(memory_format=torch.contiguous_format)


def zeros(of: dict, device: torch.device) -> torch.Tensor:
    return torch.zeros(of["shape"], dtype=DTYPES[of["dtype"]], device=device)


@dataclass
class Rest:
    """A program without its updates."""

    call: Callable[..., tuple[torch.Tensor, ...]]
    # The values that it returns.
    outputs: list[int]
    # Tensors that every call uses.
    constants: list[torch.Tensor]
    # The inputs that it reads.
    read: set[int]


class Function:
    """A program that can be called."""

    def __init__(self, program: dict, rest: Rest, updates: list[Update], rules: Rules, parts: int = 1, unlike: int = 1):
        self.rest, self.updates, self.rules = rest, updates, rules
        # If it was compiled: the number of its parts, and that of the distinct ones.
        self.parts, self.unlike = parts, unlike
        self.inputs = values_of(program["inputs"])
        self.judges: list[int] = program.get("judges", [])
        self.count = len(program["outputs"])
        # Of outputs that are an input as it was given, the place of that input.
        self.passed: dict[int, int] = {each["output"]: each["input"] for each in program.get("passed", [])}
        updated = {each.output for update in updates for each in update.successions}
        self.others = [place for place in range(self.count) if place not in updated]
        readers = Counter(value for update in updates for value in update.read)
        # What is read by one update alone is freed after it.
        self.once = {value for value, times in readers.items() if times == 1}

    def call(self, inputs: list[torch.Tensor], given: Collection[int] = ()) -> list[torch.Tensor]:
        """The outputs, each in its own memory; the next value of an input at a place in `given` is that tensor, which a finite step has changed, or which
        the program only passes on."""
        made = self.rest.call(*inputs)
        foreign = {address_of(tensor) for tensor in [*inputs, *self.rest.constants]}
        outputs: dict[int, torch.Tensor] = {}
        for place, tensor in zip(self.others, made):
            if self.passed.get(place) in given:
                outputs[place] = inputs[self.passed[place]]
                continue
            outputs[place] = own(tensor, foreign)
            foreign.add(address_of(outputs[place]))
        values = self.values(inputs, made)
        del made
        accepted = self.accepts(values)
        for update in self.updates:
            for each in update.successions:
                outputs[each.output] = inputs[each.input] if each.input in given else inputs[each.input].clone()
                values[each.before] = outputs[each.output]
            if accepted:
                self.rules.run(update, values)
            for value in self.once.intersection(update.read):
                del values[value]
        return [outputs[place] for place in range(self.count)]

    def warm(self, types: list[dict], device: torch.device) -> None:
        """Calls everything once, on zeros: torch.compile compiles at the first call, so that the first step does not pay for it."""
        nothing = {"shape": [], "dtype": "f32"}
        self.rest.call(*(zeros(types[value] if value in self.rest.read else nothing, device) for value in self.inputs))
        self.rules.warm()
        give_back_memory()

    def values(self, inputs: list[torch.Tensor], made: tuple[torch.Tensor, ...]) -> dict[int, torch.Tensor]:
        """The values that updates read."""
        return dict(zip(self.inputs, inputs)) | dict(zip(self.rest.outputs, made))

    def accepts(self, values: dict[int, torch.Tensor]) -> bool:
        return all(math.isfinite(values[value].item()) for value in self.judges)


def read_in(program: dict) -> set[int]:
    return {value for node in program["nodes"] for value in node["inputs"]} | {*values_of(program["outputs"])}


def in_precision(program: dict, setting: Setting) -> dict:
    if not setting.bf16:
        return program
    rounded = with_rounded_operands(program)
    return with_pairs(rounded) if setting.device.type == "cpu" else rounded


def function_of(program: dict, setting: Setting) -> Function:
    updates = updates_of(program)
    rest, _ = with_means(in_precision(without(program, updates), setting), each_by_itself)
    writer = Writer(rest["types"], setting)
    inputs, outputs = values_of(rest["inputs"]), values_of(rest["outputs"])
    call = writer.callable(writer.function(rest["nodes"], inputs, outputs), program["name"])
    return Function(program, Rest(call, outputs, [*writer.constants.values()], read_in(rest)), updates, Rules(program, updates, setting, compiles=False))


def compiled_function_of(program: dict, setting: Setting) -> Function:
    """The same function compiled: equal parts, and equal rules, are compiled once."""
    updates = updates_of(program)
    rest = in_precision(without(program, updates), setting)
    parts = parts_of(rest, setting)
    rules = Rules(program, updates, setting, compiles=True)
    worth = parts.worth
    made = compiled([*(part.source for part in worth), *rules.sources], setting)
    rules.use(made[len(worth) :])
    call = parts.call({part.key: each for part, each in zip(worth, made)})
    counts = len(parts.all) + len(updates), len(parts.unlike) + len(rules.first)
    return Function(program, Rest(call, values_of(rest["outputs"]), parts.constants, read_in(rest)), updates, rules, *counts)
