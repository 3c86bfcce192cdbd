"""A program as one Python function: a line an operation, and each value dropped after its last use.

Not here: what an operation becomes (`operations.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from operations import TABLE, Call, Made


def name_of(value: int) -> str:
    return f"v{value}"


def last_uses(program: dict) -> list[list[int]]:
    """For each node the values that nothing reads after it; inputs and outputs of the program are never among them."""
    outlive = {each["value"] for each in [*program["inputs"], *program["outputs"]]}
    deaths: list[list[int]] = []
    for node in reversed(program["nodes"]):
        dead = []
        for value in [*node["outputs"], *node["inputs"]]:
            if value not in outlive:
                outlive.add(value)
                dead.append(value)
        deaths.append(dead)
    return deaths[::-1]


def source_of(program: dict, made: Made) -> str:
    """The text of `def program(v0, v1, …)`, whose results are the program's outputs in order."""
    types = program["types"]
    lines = []
    for node, dead in zip(program["nodes"], last_uses(program)):
        call = Call(
            inputs=[name_of(value) for value in node["inputs"]],
            outputs=[name_of(value) for value in node["outputs"]],
            attributes=node["attributes"],
            input_types=[types[value] for value in node["inputs"]],
            output_types=[types[value] for value in node["outputs"]],
            made=made,
        )
        lines += TABLE[node["operation"]](call)
        if dead:
            lines.append(f"del {', '.join(name_of(value) for value in dead)}")
    inputs = ", ".join(name_of(each["value"]) for each in program["inputs"])
    outputs = "".join(f"{name_of(each['value'])}, " for each in program["outputs"])
    body = "\n".join(f"    {line}" for line in [*lines, f"return ({outputs})"])
    return f"def program({inputs}):\n{body}\n"


@dataclass
class Function:
    """A program that can be called."""

    call: Callable[..., tuple[torch.Tensor, ...]]
    types: list[dict]
    source: str


def function_of(program: dict, device: torch.device) -> Function:
    made = Made()
    source = source_of(program, made)
    names: dict = {"torch": torch, "device": device}
    for expression, name in made.expressions.items():
        names[name] = eval(expression, {"torch": torch, "device": device})
    # Each function has code of its own: what torch.compile keeps, it keeps by code.
    exec(compile(source, f"<{program['name']}>", "exec"), names)
    return Function(names["program"], [program["types"][each["value"]] for each in program["outputs"]], source)
