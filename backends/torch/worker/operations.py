"""What each operation of a program becomes in PyTorch: one entry for each operation, which writes Python.

An operation without an entry is decomposed before it gets here. Not here: the function made of these lines (`function.py`).
"""

import math
from dataclasses import dataclass, field

import attention


@dataclass
class Made:
    """Values that do not change from run to run: each is created once, when the program is compiled, and has its own name."""

    expressions: dict[str, str] = field(default_factory=dict)

    def name(self, expression: str) -> str:
        return self.expressions.setdefault(expression, f"c{len(self.expressions)}")


@dataclass(frozen=True)
class Products:
    """How matrix products are computed."""

    # Use oneDNN where PyTorch would use MKL, which is about half as fast on AMD's processors.
    onednn: bool = False


@dataclass
class Call:
    """An operation at its place in a program: the names of its Python variables, and their types."""

    inputs: list[str]
    outputs: list[str]
    attributes: dict
    input_types: list[dict]
    output_types: list[dict]
    made: Made
    products: Products
    # Whether a compiler will read the lines, for a CPU.
    fuses: bool
    # Whether operands of products are rounded to bf16.
    rounds: bool

    @property
    def shapes(self) -> list[list[int]]:
        return [each["shape"] for each in self.input_types]

    @property
    def in_bf16(self) -> bool:
        return self.input_types[0]["dtype"] == "bf16"


TABLE = {}


def lowers(*names: str):
    def enter(rule):
        TABLE.update(dict.fromkeys(names, rule))
        return rule

    return enter


def expression(name: str, text: str) -> None:
    """Enters an operation with one output that is one expression of its inputs."""
    TABLE[name] = lambda call: [f"{call.outputs[0]} = {text.format(*call.inputs)}"]


@lowers("constant")
def constant(call: Call) -> list[str]:
    value = float(call.attributes["value"])
    return [f"{call.outputs[0]} = {call.made.name(f'torch.tensor({value!r}, dtype=torch.float32, device=device)')}"]


@lowers("causalMask")
def causal_mask(call: Call) -> list[str]:
    return [f"{call.outputs[0]} = {mask_of(call, call.attributes['size'])}"]


def mask_of(call: Call, size: int) -> str:
    return call.made.name(f"torch.full(({size}, {size}), -1e9, dtype=torch.float32, device=device).triu(1)")


@lowers("rotaryTable")
def rotary_table(call: Call) -> list[str]:
    positions, size, theta = (call.attributes[name] for name in ("positions", "size", "theta"))
    units = f"torch.arange(0, {size}, 2, dtype=torch.float64)"
    angles = f"torch.outer(torch.arange({positions}, dtype=torch.float64), {float(theta)!r} ** (-{units} / {size}))"
    table = f"torch.cat([{angles}.cos(), {angles}.sin()], dim=1).to(device, torch.float32)"
    return [f"{call.outputs[0]} = {call.made.name(table)}"]


expression("add", "{0} + {1}")
expression("sub", "{0} - {1}")
expression("mul", "{0} * {1}")
expression("div", "{0} / {1}")
expression("minimum", "torch.minimum({0}, {1})")
expression("neg", "-{0}")
for each in ("log", "sqrt", "erf"):
    expression(each, f"torch.{each}({{0}})")


@lowers("exp")
def exp(call: Call) -> list[str]:
    return [f"{call.outputs[0]} = {'attention.exp' if call.fuses and call.rounds else 'torch.exp'}({call.inputs[0]})"]


@lowers("reshape")
def reshape(call: Call) -> list[str]:
    return [f"{call.outputs[0]} = {call.inputs[0]}.reshape({call.attributes['shape']})"]


# Lines run in their order.
expression("barrier", "{0}")


@lowers("transpose")
def transpose(call: Call) -> list[str]:
    return [f"{call.outputs[0]} = {call.inputs[0]}.permute({call.attributes['permutation']})"]


@lowers("broadcast")
def broadcast(call: Call) -> list[str]:
    return [f"{call.outputs[0]} = {call.inputs[0]}.expand({call.attributes['shape']})"]


@lowers("concat")
def concat(call: Call) -> list[str]:
    return [f"{call.outputs[0]} = torch.cat([{', '.join(call.inputs)}], dim={call.attributes['axis']})"]


@lowers("split")
def split(call: Call) -> list[str]:
    pieces = "".join(f"{name}, " for name in call.outputs)
    return [f"{pieces}= torch.split({call.inputs[0]}, {call.attributes['sizes']}, dim={call.attributes['axis']})"]


def reduction(function: str):
    def rule(call: Call) -> list[str]:
        # Given no axes, PyTorch reduces over all of them.
        axes = call.attributes["axes"]
        return [f"{call.outputs[0]} = " + (f"{function}({call.inputs[0]}, dim={axes}, keepdim=True)" if axes else call.inputs[0])]

    return rule


TABLE["sum"] = reduction("torch.sum")
TABLE["max"] = reduction("torch.amax")

# (A dot product with itself would take one pass but be less accurate: it does not sum pairwise.)
expression("sumOfSquares", "torch.sum({0} * {0})")


def scaled(product: str, alpha: float) -> str:
    return product if alpha == 1 else f"({product}).mul_({float(alpha)!r})"


def product_of(call: Call, a: str, b: str, rank: int) -> str:
    """alpha · a · b in f32, of two or three axes. With operands in bf16, PyTorch's result has been rounded to bf16."""
    function, alpha = "mm" if rank == 2 else "bmm", call.attributes["alpha"]
    if call.in_bf16:
        return scaled(f"torch.{function}({a}, {b}).float()", alpha)
    if call.products.onednn and rank == 2:
        return scaled(f"torch.ops.vcycle.product({a}, {b}, None)", alpha)
    if alpha == 1:
        return f"torch.{function}({a}, {b})"
    # With beta = 0 the addend is not even read.
    nothing = call.made.name("torch.zeros(1, dtype=torch.float32, device=device)")
    return f"torch.{'addmm' if rank == 2 else 'baddbmm'}({nothing}, {a}, {b}, beta=0, alpha={float(alpha)!r})"


@lowers("matmul")
def matmul(call: Call) -> list[str]:
    rank = len(call.shapes[0])
    transposes = (call.attributes["transposeA"], call.attributes["transposeB"])
    flat = [
        name if rank <= 3 else f"{name}.reshape({[math.prod(shape[:-2]), *shape[-2:]]})"
        for name, shape in zip(call.inputs, call.shapes)
    ]
    a, b = (f"{name}.mT" if transposed else name for name, transposed in zip(flat, transposes))
    product = product_of(call, a, b, min(rank, 3))
    return [f"{call.outputs[0]} = {product}" + ("" if rank <= 3 else f".reshape({call.output_types[0]['shape']})")]


@lowers("linear")
def linear(call: Call) -> list[str]:
    x, weight, bias = call.inputs
    alpha = call.attributes["alpha"]
    if call.in_bf16 or (call.products.onednn and alpha != 1):
        return [f"{call.outputs[0]} = ({product_of(call, x, weight, 2)}).add_({bias})"]
    if call.products.onednn:
        return [f"{call.outputs[0]} = torch.ops.vcycle.product({x}, {weight}, {bias})"]
    return [f"{call.outputs[0]} = torch.addmm({bias}, {x}, {weight}, alpha={float(alpha)!r})"]


expression("gather", "torch.index_select({0}, 0, {1})")


@lowers("scatterAdd")
def scatter_add(call: Call) -> list[str]:
    shape = call.output_types[0]["shape"]
    return [f"{call.outputs[0]} = {call.inputs[0]}.new_zeros({shape}).index_add_(0, {call.inputs[1]}, {call.inputs[0]})"]


@lowers("oneHot")
def one_hot(call: Call) -> list[str]:
    numbers = call.made.name(f"torch.arange({call.attributes['depth']}, dtype=torch.int32, device=device)")
    return [f"{call.outputs[0]} = ({call.inputs[0]}[:, None] == {numbers}).to(torch.float32)"]


@lowers("softmax")
def softmax(call: Call) -> list[str]:
    x = call.inputs[0]
    # The mask is added, not filled in, so that NaN at a masked place is not hidden.
    given = f"{x} + {mask_of(call, call.shapes[0][-1])}" if call.attributes["causal"] else x
    return [f"{call.outputs[0]} = torch.softmax({given}, dim=-1)"]


def attention_rule(function: str, composed: str):
    def rule(call: Call) -> list[str]:
        batch, heads, scale = (call.attributes[name] for name in ("batch", "heads", "scale"))
        given = ", ".join([*call.inputs, str(batch), str(heads), repr(float(scale))])
        composes = call.fuses and call.in_bf16 and attention.is_composed(call.shapes[0][0] // batch, batch, heads)
        return [f"{', '.join(call.outputs)} = {f'attention.{composed}' if composes else f'torch.ops.vcycle.{function}'}({given})"]

    return rule


TABLE["flashAttention"] = attention_rule("attention", "composed")
TABLE["flashAttentionGradient"] = attention_rule("attention_gradient", "composed_gradient")


@lowers("normalize")
def normalize(call: Call) -> list[str]:
    y, inverse = call.outputs
    width, epsilon = call.shapes[0][-1], float(call.attributes["epsilon"])
    return [f"{y}, _, {inverse} = torch.native_layer_norm({call.inputs[0]}, [{width}], None, None, {epsilon!r})", "del _"]


@lowers("rmsNormalize")
def rms_normalize(call: Call) -> list[str]:
    y, inverse = call.outputs
    x, epsilon = call.inputs[0], float(call.attributes["epsilon"])
    return [f"{inverse} = torch.rsqrt({x}.square().mean(-1, keepdim=True) + {epsilon!r})", f"{y} = {x} * {inverse}"]


expression("silu", "torch.nn.functional.silu({0})")
expression("siluDerivative", "torch.ops.aten.silu_backward(torch.ones_like({0}), {0})")
expression("gelu", "torch.nn.functional.gelu({0})")
expression("geluDerivative", "torch.ops.aten.gelu_backward(torch.ones_like({0}), {0})")
expression("tanhGelu", "torch.nn.functional.gelu({0}, approximate='tanh')")
expression("tanhGeluDerivative", "torch.ops.aten.gelu_backward(torch.ones_like({0}), {0}, approximate='tanh')")


@lowers("crossEntropy")
def cross_entropy(call: Call) -> list[str]:
    loss, log_probabilities = call.outputs
    logits, targets = call.inputs
    return [
        f"{log_probabilities} = torch.log_softmax({logits}, dim=-1)",
        f"{loss} = torch.nn.functional.nll_loss({log_probabilities}, {targets}.long())",
    ]


@lowers("allReduce")
def all_reduce(call: Call) -> list[str]:
    """Of one rank; for several, `collectives.py` has put two operations in its place."""
    return [f"{output} = {given}" for output, given in zip(call.outputs, call.inputs)]


def start_mean(call: Call) -> list[str]:
    return [f"{call.outputs[0]} = start_mean([{', '.join(call.inputs)}], {call.attributes['ranks']})"]


def await_mean(call: Call) -> list[str]:
    return [f"{''.join(f'{output}, ' for output in call.outputs)}= {call.inputs[0]}.wait()"]


def paired_products(call: Call) -> list[str]:
    return [f"{', '.join(call.outputs)} = pairs.products({', '.join(call.inputs)})"]


# Operations that only the worker itself adds to programs.
OWN = {
    "round": lambda call: [f"{call.outputs[0]} = {call.inputs[0]}.bfloat16()"],
    "startMean": start_mean,
    "awaitMean": await_mean,
    "pairedProducts": paired_products,
}

RULES = TABLE | OWN
