"""What a worker does with each message: compile, run, upload, download, dispose, agree. Not here: how messages are read (`wire.py`), how they reach
the ranks of a run (`ranks.py`)."""

import platform
import socket
import time
from collections import Counter

import torch

import apart
import attention  # Defines operations.
import machine
import products
from function import Function, Setting, compiled_function_of, function_of
from graphs import Recorded, recorder
from memory import keep_memory
from operations import TABLE, Products
from ranks import MOMENT, Follower, Leader, Place, Unmet, digest_of, give_up
from wire import Channel, Closed


def sentence_of(error: BaseException) -> str:
    """The first line of the error's message, and the next where that one only announces it; if a device or the machine has run out of memory, it says so."""
    lines = [line.strip() for line in str(error).strip().split("\n") if line.strip()]
    count = 2 if lines and lines[0].endswith(":") else 1
    said = " ".join(lines[:count]) or type(error).__name__
    full = isinstance(error, (MemoryError, torch.OutOfMemoryError)) or "can't allocate memory" in said
    return f"out of memory ({said})" if full else said


# Programs of training, which run often enough to be compiled, return one of these sets of roles: a whole step and a microbatch's gradient have a loss,
# an update after several microbatches has the gradient's norm.
STEP_ROLES = ({"loss", "parameter"}, {"loss", "gradient"}, {"gradientNorm", "parameter"})


class Worker:
    def __init__(self, setting: Setting, compiles: bool, group: Leader | Follower | None = None):
        self.setting = setting
        self.compiles = compiles
        self.group = group
        # (What ranks send each other is not recorded.)
        self.record = recorder() if setting.device.type == "cuda" and group is None else None
        self.tensors: dict[int, torch.Tensor] = {}
        self.programs: dict[int, Function | Recorded] = {}
        # Of each program the shapes of its inputs.
        self.shapes: dict[int, list[list[int]]] = {}

    @property
    def device(self) -> torch.device:
        return self.setting.device

    def compile(self, message: dict, _: list[torch.Tensor]) -> tuple[dict, list[torch.Tensor]]:
        code = message["code"]
        self.shapes[message["program"]] = [code["types"][each["value"]]["shape"] for each in code["inputs"]]
        roles = {each["role"] for each in code["outputs"]}
        if not self.compiles or not any(step <= roles for step in STEP_ROLES):
            self.programs[message["program"]] = self.recorded(function_of(code, self.setting))
            return {}, []
        began = time.perf_counter()
        function = self.recorded(compiled_function_of(code, self.setting))
        if not apart.is_possible(self.device):
            function.warm(code["types"], self.device)
        self.programs[message["program"]] = function
        return {"seconds": time.perf_counter() - began, "parts": function.parts, "unlike": function.unlike}, []

    def recorded(self, function: Function) -> Function | Recorded:
        """A step on a card runs as CUDA graphs."""
        return function if self.record is None or not function.updates else Recorded(function, self.record)

    def dispose(self, message: dict, _: list[torch.Tensor]) -> tuple[dict, list[torch.Tensor]]:
        del self.programs[message["program"]], self.shapes[message["program"]]
        return {}, []

    def upload(self, message: dict, tensors: list[torch.Tensor]) -> tuple[dict, list[torch.Tensor]]:
        self.tensors[message["tensor"]] = tensors[0].to(self.device)
        return {}, []

    def download(self, message: dict, _: list[torch.Tensor]) -> tuple[dict, list[torch.Tensor]]:
        return {}, [self.tensors[message["tensor"]]]

    def skip(self, message: dict, _: list[torch.Tensor]) -> tuple[dict, list[torch.Tensor]]:
        return {}, []

    def run(self, message: dict, tensors: list[torch.Tensor]) -> tuple[dict, list[torch.Tensor]]:
        """An input is the number of a kept tensor, or null for the next one in the message; an output is kept under its number, or sent if that is null.

        A number that is both an input's and an output's gives the tensor away: it may be overwritten by its next value, or become that output.
        (Not one that is given twice: the other output must not change with it.)
        """
        function = self.programs[message["program"]]
        sent = iter(tensors)
        numbers = message["inputs"]
        inputs = [
            self.own_rows(next(sent), shape).to(self.device) if number is None else self.tensors[number]
            for number, shape in zip(numbers, self.shapes[message["program"]])
        ]
        kept, times = {*message["outputs"]} - {None}, Counter(numbers)
        outputs = function.call(inputs, {place for place, number in enumerate(numbers) if number in kept and times[number] == 1})
        up = [output for number, output in zip(message["outputs"], outputs) if number is None]
        self.tensors |= {number: output for number, output in zip(message["outputs"], outputs) if number is not None}
        return {"unrecorded": function.fault} if isinstance(function, Recorded) and function.fault else {}, up

    def own_rows(self, sent: torch.Tensor, shape: list[int]) -> torch.Tensor:
        """A batch that is sent for all ranks has as many times the rows that a program sees; each takes its part."""
        if self.group is None or list(sent.shape) == shape:
            return sent
        return sent[self.group.place.rank * shape[0] :][: shape[0]]

    def agree(self, message: dict, _: list[torch.Tensor]) -> tuple[dict, list[torch.Tensor]]:
        """Whether these tensors are the same on all ranks."""
        digest = digest_of([self.tensors[number] for number in message["asked"]])
        unlike = None if self.group is None else self.group.agree(digest)
        return ({} if unlike is None else {"failed": unlike}), []

    def answer(self, message: dict, tensors: list[torch.Tensor]) -> tuple[dict, list[torch.Tensor]]:
        for number in message.get("release", []):
            del self.tensors[number]
        try:
            return HANDLERS[message["do"]](self, message, tensors)
        except Exception as error:  # Sent to the other end, which decides what to do.
            return {"failed": self.named(sentence_of(error))}, []

    def named(self, failure: str) -> str:
        """Which of several ranks it was."""
        return failure if self.group is None else f"rank {self.group.place.rank}: {failure}"


HANDLERS = {name: getattr(Worker, name) for name in ("compile", "dispose", "upload", "download", "skip", "run", "agree")}


def configure(settings: dict, card: int = 0) -> Setting:
    """Configures PyTorch so that f32 is never computed in less, and the same step gives the same bits."""
    keep_memory()
    torch.set_num_threads(settings["threads"])
    torch.set_grad_enabled(False)
    # (use_deterministic_algorithms would also set this for the compiler, and import it: 74 MB and a second.)
    torch.set_deterministic_debug_mode("error")
    # Otherwise every new tensor would first be filled with NaN.
    torch.utils.deterministic.fill_uninitialized_memory = False
    torch.set_float32_matmul_precision("highest")
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    # By default parts of a long product's sum may be added in bf16.
    torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction = False
    device = torch.device(settings["device"]) if settings["device"] == "cpu" else torch.device(settings["device"], card)
    if device.type == "cuda":
        torch.cuda.set_device(device)
    if settings["compile"] and not apart.is_possible(device):
        compile_here()
    return Setting(device, products_of(settings), settings["precision"] == "bf16")


def compile_here() -> None:
    """Prepares torch.compile in this process. A precompiled header would take six seconds to make and 150 MB, and saves nothing with so few kernels."""
    torch.use_deterministic_algorithms(True)
    import torch._inductor.config as inductor

    if hasattr(inductor, "cpp_cache_precompile_headers"):
        inductor.cpp_cache_precompile_headers = False


def products_of(settings: dict) -> Products:
    onednn = (
        settings["device"] == "cpu"
        and platform.machine() == "x86_64"
        and "Intel" not in machine.processor()
        and products.is_there()
    )
    return Products(onednn)


def serve(connection: socket.socket, version: int) -> None:
    channel = Channel(connection)
    try:
        settings, _ = channel.receive()
        greeting = {"version": version, "python": platform.python_version(), "torch": torch.__version__, "operations": sorted(TABLE)}
        place = Place.of_environment()
        card = settings.get("card", 0) + (0 if place is None else place.local)
        missing = machine.missing(settings) or machine.missing_card(settings, card)
        channel.send({**greeting, **(machine.facts(settings) if missing is None else {"missing": missing})}, [])
        setting = configure(settings, card)
        if place is None:
            lead(channel, Worker(setting, settings["compile"]))
        elif place.rank > 0:
            follow(setting, settings, place)
        else:
            lead_others(channel, setting, settings, place)
    except (Closed, BrokenPipeError, ConnectionResetError):
        # The other end has gone, so nobody is left to report to.
        return


def way_of(settings: dict) -> str:
    """What must be the same on all ranks, in words."""
    compiled = "compiled" if settings["compile"] else "not compiled"
    return f"PyTorch {torch.__version__.split('+')[0]}, {settings['device']}, {settings['precision']}, {compiled}"


def lead(channel: Channel, worker: Worker) -> None:
    """Serves vcycle."""
    while True:
        try:
            message, tensors = channel.receive()
            if worker.group is not None:
                worker.group.pass_on(message, tensors)
            answer, tensors = worker.answer(message, tensors)
        except MemoryError as error:
            answer, tensors = {"failed": worker.named(sentence_of(error))}, []
        if "failed" in answer and worker.group is not None:
            answer = {"failed": worker.group.why(answer["failed"])}
        channel.send(answer, tensors)
        del tensors


def lead_others(channel: Channel, setting: Setting, settings: dict, place: Place) -> None:
    # vcycle asks whether all are there.
    channel.receive()
    try:
        leader = Leader(place, setting.device, way_of(settings))
    except Unmet as error:
        channel.send({"failed": str(error)}, [])
        return
    channel.send({}, [])
    try:
        lead(channel, Worker(setting, settings["compile"], leader))
    finally:
        leader.end()


def follow(setting: Setting, settings: dict, place: Place) -> None:
    try:
        follower = Follower(place, setting.device, way_of(settings))
    except Unmet as error:
        give_up(str(error))
    worker = Worker(setting, settings["compile"], follower)
    while True:
        answer, _ = worker.answer(*follower.next())
        if "failed" in answer:
            # Where another rank's end has caused this, that one is to be known first.
            time.sleep(2 * MOMENT)
            give_up(answer["failed"])
