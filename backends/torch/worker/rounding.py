"""Products in bf16: a program whose products take operands that are rounded to bf16, each once, where it is first multiplied.

What is rounded is multiplied more than once, a weight in the forward and in the backward pass; and an activation that is only multiplied is kept for
the backward pass in half its bytes.
"""

# The places of what each operation multiplies.
OPERANDS = {"matmul": (0, 1), "linear": (0, 1), "flashAttention": (0, 1, 2), "flashAttentionGradient": (0, 1, 2, 5)}


def with_rounded_operands(program: dict) -> dict:
    types = list(program["types"])
    rounded: dict[int, int] = {}
    nodes = []

    def rounding(value: int) -> int:
        if value not in rounded:
            rounded[value] = len(types)
            types.append({**types[value], "dtype": "bf16"})
            nodes.append({"operation": "round", "attributes": {}, "inputs": [value], "outputs": [rounded[value]]})
        return rounded[value]

    for node in program["nodes"]:
        places = OPERANDS.get(node["operation"], ())
        inputs = [rounding(value) if place in places else value for place, value in enumerate(node["inputs"])]
        nodes.append({**node, "inputs": inputs})
    return {**program, "types": types, "nodes": nodes}
