"""Writes nodes of a program as the text of a Python function, a line for each operation, which deletes each value after its last use.

Not here: what an operation becomes (`operations.py`), what the functions are (`function.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch

import attention
import collectives
import pairs
from operations import RULES, Call, Made, Products


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


def values_of(each: list[dict]) -> list[int]:
    return [one["value"] for one in each]


def deletion(names: list[str]) -> list[str]:
    return [f"del {', '.join(names)}"] if names else []


def function_text(inputs: list[str], lines: list[str], outputs: list[str]) -> str:
    body = "\n".join(f"    {line}" for line in [*lines, f"return ({''.join(f'{name}, ' for name in outputs)})"])
    return f"def program({', '.join(inputs)}):\n{body}\n"


def names_of_texts(device: torch.device) -> dict:
    """What a text may use besides its inputs and constants."""
    return {"torch": torch, "device": device, "attention": attention, "start_mean": collectives.start, "pairs": pairs}


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
        # Tensors that every call of the function uses.
        self.constants: dict[str, torch.Tensor] = {}

    def name(self, value: int) -> str:
        return self.names.setdefault(value, f"v{len(self.names)}")

    def lines(self, node: dict, fuses: bool = False) -> list[str]:
        call = Call(
            inputs=[self.name(value) for value in node["inputs"]],
            outputs=[self.name(value) for value in node["outputs"]],
            attributes=node["attributes"],
            input_types=[self.types[value] for value in node["inputs"]],
            output_types=[self.types[value] for value in node["outputs"]],
            made=self.made,
            products=self.setting.products,
            fuses=fuses and self.setting.device.type == "cpu",
            rounds=self.setting.bf16,
        )
        rule = RULES.get(node["operation"])
        if rule is None:
            raise ValueError(f"this worker has no operation {node['operation']}; use a worker and a program of one version of vcycle")
        return rule(call)

    def body(self, nodes: list[dict], outlive: set[int], fuses: bool = False) -> list[str]:
        lines = []
        for node, dead in zip(nodes, last_uses(nodes, outlive)):
            lines += self.lines(node, fuses) + deletion([self.name(value) for value in dead])
        return lines

    def function(self, nodes: list[dict], inputs: list[int], outputs: list[int]) -> str:
        given = [self.name(value) for value in inputs]
        lines = self.body(nodes, {*inputs, *outputs})
        return function_text(given, lines, [self.name(value) for value in outputs])

    def boxed(self, nodes: list[dict], inputs: list[int], outputs: list[int]) -> str:
        """The same with the inputs in one list, which it empties, so that each is freed after its last use."""
        given = [self.name(value) for value in inputs]
        lines = [f"[{', '.join(given)}] = held", "held.clear()", *self.body(nodes, {*outputs})]
        return function_text(["held"], lines, [self.name(value) for value in outputs])

    def for_compiler(self, nodes: list[dict], inputs: list[int], outputs: list[int]) -> str:
        """The same with constants as further inputs, and with row-major outputs."""
        given = [self.name(value) for value in inputs]
        lines = self.body(nodes, {*inputs, *outputs}, fuses=True)
        return function_text([*given, *self.made.expressions.values()], lines, [f"{self.name(value)}.contiguous()" for value in outputs])

    def scope(self) -> dict:
        """The names that a text may use; creates the constants."""
        names = names_of_texts(self.setting.device)
        self.constants = {name: eval(expression, names) for expression, name in self.made.expressions.items()}
        return names | self.constants

    def callable(self, text: str, title: str) -> Callable[..., tuple[torch.Tensor, ...]]:
        names = self.scope()
        exec(compile(text, f"<{title}>", "exec"), names)
        return names["program"]

    def bound(self, call: Callable[[list[torch.Tensor]], tuple[torch.Tensor, ...]]) -> Callable[[list[torch.Tensor]], tuple[torch.Tensor, ...]]:
        """What was compiled from a text for the compiler, with its constants."""
        self.scope()
        constants = [*self.constants.values()]

        def whole(held: list[torch.Tensor]) -> tuple[torch.Tensor, ...]:
            held += constants
            return call(held)

        return whole
