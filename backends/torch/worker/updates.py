"""Updates of state: an optimizer's rule for one tensor, element by element, written into the memory of the tensor's previous value.

`../../update-regions.ts` finds them and proves that nothing else reads the previous value afterwards. Not here: when an update may run (`function.py`).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch

from apart import Boxed, Source
from writing import Setting, Writer, last_uses

# Elements for each thread that a rule computes at a time on a CPU, so that intermediate values stay in its cache.
PIECE = 2**16


@dataclass(frozen=True)
class Succession:
    """An output that is the next value of an input, by their places in the program, and the two values."""

    input: int
    output: int
    before: int
    after: int


@dataclass(frozen=True)
class Update:
    nodes: list[dict]
    # Values that the rule reads: tensors of one shape, and scalars.
    tensors: list[int]
    scalars: list[int]
    successions: list[Succession]

    @property
    def read(self) -> list[int]:
        return [*self.tensors, *self.scalars]


def updates_of(program: dict) -> list[Update]:
    def succession(places: dict) -> Succession:
        before, after = program["inputs"][places["input"]]["value"], program["outputs"][places["output"]]["value"]
        return Succession(places["input"], places["output"], before, after)

    return [
        Update(
            [program["nodes"][index] for index in each["nodes"]],
            each["tensors"],
            each["scalars"],
            [succession(places) for places in each["successions"]],
        )
        for each in program.get("updates", [])
    ]


def without(program: dict, updates: list[Update]) -> dict:
    """The rest of a program: it also returns the values that the updates read and that it computes."""
    apart = {id(node) for update in updates for node in update.nodes}
    after = {succession.after for update in updates for succession in update.successions}
    nodes = [node for node in program["nodes"] if id(node) not in apart]
    outputs = [output for output in program["outputs"] if output["value"] not in after]
    made = {value for node in nodes for value in node["outputs"]}
    read = dict.fromkeys(value for update in updates for value in update.read if value in made)
    return {**program, "nodes": nodes, "outputs": [*outputs, *({"role": "read", "value": value} for value in read)]}


def rule_text(writer: Writer, update: Update, lines: list[str], constants: Iterable[str] = ()) -> str:
    given = [*(writer.name(value) for value in update.read), *constants]
    return "".join(f"{line}\n" for line in [f"def program({', '.join(given)}):", *(f"    {line}" for line in lines or ["pass"])])


def fused_text(writer: Writer, update: Update) -> str:
    """For the compiler, which computes all in one pass and needs no memory for intermediate values."""
    lines = [line for node in update.nodes for line in writer.lines(node)]
    lines += [f"{writer.name(each.before)}.copy_({writer.name(each.after)})" for each in update.successions]
    return rule_text(writer, update, lines, writer.made.expressions.values())


def in_place_text(writer: Writer, update: Update) -> str:
    """Each result is written into memory that is no longer needed: the state's own, or that of an earlier result."""
    home = {each.after: each.before for each in update.successions}
    state = set(home.values())
    # The memory of each value, by the value that it was made for; and which value each memory holds that may be written.
    memory = {value: value for value in update.read}
    holds: dict[int, int | None] = {before: before for before in state}
    lines = []
    for node, dead in zip(update.nodes, last_uses(update.nodes, {*update.read, *home} - state)):
        [result] = node["outputs"]
        inputs = ", ".join(writer.name(memory[value]) for value in node["inputs"])
        freed = [memory[value] for value in dead if memory.get(value) in holds]
        holds |= dict.fromkeys(freed)
        if result in home:
            free = [home[result]] if holds[home[result]] is None else []
        else:
            free = [*(place for place, value in holds.items() if value is None and place not in state), *freed]
        place = next(iter(free), result)
        memory[result], holds[place] = place, result
        name, call = writer.name(place), f"torch.{node['operation']}({inputs}"
        lines.append(f"{name} = {call})" if place == result else f"{call}, out={name})")
    lines += [f"{writer.name(before)}.copy_({writer.name(memory[after])})" for after, before in home.items() if memory[after] != before]
    return rule_text(writer, update, lines)


class Rules:
    """The rules of a program's updates as functions; updates whose rules have equal texts share one."""

    def __init__(self, program: dict, updates: list[Update], setting: Setting, compiles: bool):
        self.setting, self.title = setting, program["name"]
        self.compiles = compiles
        # The text of each update's rule, and the first update of each text with its writer.
        self.texts: dict[int, str] = {}
        self.first: dict[str, tuple[Update, Writer]] = {}
        for update in updates:
            writer = Writer(program["types"], setting)
            text = (fused_text if compiles else in_place_text)(writer, update)
            self.first.setdefault(text, (update, writer))
            self.texts[id(update)] = text
        self.calls: dict[str, Callable[..., object]] = {}
        if not compiles:
            self.calls = {text: writer.callable(text, self.title) for text, (_, writer) in self.first.items()}
        self.pieces = setting.device.type == "cpu" and not compiles

    @property
    def sources(self) -> list[Source]:
        """For the compiler. A rule is one in any size: tensors are passed as vectors."""

        def source(place: int, text: str, update: Update, writer: Writer) -> Source:
            types = [{"dtype": "f32", "shape": shape} for shape in self.short(update)]
            return Source(text, f"{self.title}, rule {place}", types, [*writer.made.expressions], any_length=True)

        return [source(place, text, *first) for place, (text, first) in enumerate(self.first.items())]

    def use(self, compiled: list[Boxed]) -> None:
        """What the compiler made of the sources, in their order."""

        def unboxed(call: Boxed) -> Callable[..., object]:
            return lambda *given: call([*given])

        for (text, (_, writer)), call in zip(self.first.items(), compiled):
            self.calls[text] = unboxed(writer.bound(call))

    def short(self, update: Update) -> list[list[int]]:
        return [*([PIECE] for _ in update.tensors), *([] for _ in update.scalars)]

    def run(self, update: Update, values: dict[int, torch.Tensor]) -> None:
        """Changes the update's state in place. Compiled, in one pass; otherwise in pieces that stay in a processor's cache."""
        written = {values[each.before].untyped_storage().data_ptr() for each in update.successions}
        state = {each.before for each in update.successions}
        vectors = []
        for value in update.tensors:
            tensor = values[value]
            shared = value not in state and tensor.untyped_storage().data_ptr() in written
            vectors.append((tensor.clone() if shared else tensor).reshape(-1))
        scalars = [values[value] for value in update.scalars]
        rule = self.calls[self.texts[id(update)]]
        size = PIECE * torch.get_num_threads() if self.pieces else vectors[0].numel()
        for pieces in zip(*(vector.split(size) for vector in vectors)):
            rule(*pieces, *scalars)

    def warm(self) -> None:
        """Calls each rule on short vectors."""
        for text, (update, _) in self.first.items():
            self.calls[text](*(torch.zeros(shape, device=self.setting.device) for shape in self.short(update)))
