"""Products in bf16: rewrites a program so that each operand of a product is rounded to bf16 once, before its first product.

Rounding once saves work, because most operands are multiplied more than once, such as a weight in the forward and the backward pass; and an activation
that is only multiplied is kept for the backward pass in half the bytes.
"""

# Which inputs of each operation are operands of a product.
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
