"""Cuts a program into parts that repeat (a layer's forward pass, its backward pass, its update), so that the code to compile does not grow with depth.

Nodes are in the order of the trace, so layers follow one another: a sequence of operations that is immediately repeated is a layer. Not here: what the
parts become (`function.py`).
"""

import json


def signature_of(program: dict, node: dict) -> str:
    """What a node computes, regardless of the names of its values."""
    types = program["types"]
    return json.dumps(
        [node["operation"], node["attributes"], [types[value] for value in node["inputs"]]],
        sort_keys=True,
    )


def longest_repeat(marks: list[int], begin: int, end: int, least: int) -> tuple[int, int, int] | None:
    """The sequence of at least `least` marks whose immediate repetitions cover the most marks: (begin, period, times)."""
    best = None
    for period in range(least, (end - begin) // 2 + 1):
        at = begin
        while at + period < end:
            run = at
            while run + period < end and marks[run] == marks[run + period]:
                run += 1
            times = (run - at) // period + 1
            covered = times * period
            # Of repetitions that cover equally many marks, the one with the shorter period: two layers are one layer twice.
            if times >= 2 and (best is None or covered > best[1] * best[2]):
                best = (at, period, times)
            at = run + 1
    return best


# Operations that change a value in place, which a compiler must not see: each is a part by itself.
ALONE = {"pairedProducts"}


def around_those_alone(nodes: list[dict], begin: int, end: int) -> list[tuple[int, int]]:
    places = [place for place in range(begin, end) if nodes[place]["operation"] in ALONE]
    edges = [begin, *(edge for place in places for edge in (place, place + 1)), end]
    return [(one, other) for one, other in zip(edges, edges[1:]) if one < other]


def cuts_of(program: dict, least: int = 8) -> list[tuple[int, int]]:
    """The parts of the program's nodes as [begin, end), in order; repeated parts differ only in their values."""
    names: dict[str, int] = {}
    marks = [names.setdefault(signature_of(program, node), len(names)) for node in program["nodes"]]

    def cut(begin: int, end: int) -> list[tuple[int, int]]:
        found = longest_repeat(marks, begin, end, least) if end - begin >= 2 * least else None
        if found is None:
            return [(begin, end)] if begin < end else []
        at, period, times = found
        repeated = [(at + index * period, at + (index + 1) * period) for index in range(times)]
        return [*cut(begin, at), *repeated, *cut(at + period * times, end)]

    return [part for begin, end in cut(0, len(marks)) for part in around_those_alone(program["nodes"], begin, end)]
