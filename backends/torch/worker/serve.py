"""What a worker does with each message: compile, run, upload, download, dispose. Not here: how messages are read (`wire.py`)."""

import platform
import socket
import time

import torch

import attention  # Defines operations.
import kernels
import machine
import products
from function import Function, Setting, compiled_function_of, function_of
from graphs import Recorded, recorder
from operations import TABLE, Products
from wire import DTYPES, Channel, Closed


def sentence_of(error: BaseException) -> str:
    """The first line of the error's message; if a device or the machine has run out of memory, it says so."""
    lines = [line.strip() for line in str(error).strip().split("\n") if line.strip()]
    said = lines[0] if lines else type(error).__name__
    full = isinstance(error, (MemoryError, torch.OutOfMemoryError)) or "can't allocate memory" in said
    return f"out of memory ({said})" if full else said


# A program with outputs of these roles is a training step, which runs often enough to be compiled.
STEP_ROLES = {"parameter", "gradient"}


class Worker:
    def __init__(self, setting: Setting, compiles: bool):
        self.setting = setting
        self.compiles = compiles
        self.record = recorder() if setting.device.type == "cuda" else None
        self.tensors: dict[int, torch.Tensor] = {}
        self.programs: dict[int, Function | Recorded] = {}

    @property
    def device(self) -> torch.device:
        return self.setting.device

    def compile(self, message: dict, _: list[torch.Tensor]) -> tuple[dict, list[torch.Tensor]]:
        code = message["code"]
        roles = {each["role"] for each in code["outputs"]}
        if not self.compiles or "loss" not in roles or not roles & STEP_ROLES:
            self.programs[message["program"]] = self.recorded(function_of(code, self.setting))
            return {}, []
        began = time.perf_counter()
        function = self.recorded(compiled_function_of(code, self.setting))
        # torch.compile compiles at the first call: make it here, and update whatever comes of it, so that the first step does not wait.
        given = [zeros(code["types"][each["value"]], self.device) for each in code["inputs"]]
        function.call(given, range(len(given)), judged=False)
        self.programs[message["program"]] = function
        return {"seconds": time.perf_counter() - began, "parts": function.parts, "unlike": function.unlike}, []

    def recorded(self, function: Function) -> Function | Recorded:
        """A step on a card runs as CUDA graphs."""
        return function if self.record is None or not function.updates else Recorded(function, self.record)

    def dispose(self, message: dict, _: list[torch.Tensor]) -> tuple[dict, list[torch.Tensor]]:
        del self.programs[message["program"]]
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

        A number that is both an input's and an output's gives the tensor away: it may be overwritten by its next value.
        """
        function = self.programs[message["program"]]
        sent = iter(tensors)
        numbers = message["inputs"]
        inputs = [next(sent).to(self.device) if number is None else self.tensors[number] for number in numbers]
        kept = {*message["outputs"]} - {None}
        outputs = function.call(inputs, {place for place, number in enumerate(numbers) if number in kept})
        up = [output for number, output in zip(message["outputs"], outputs) if number is None]
        self.tensors |= {number: output for number, output in zip(message["outputs"], outputs) if number is not None}
        return {"unrecorded": function.fault} if isinstance(function, Recorded) and function.fault else {}, up

    def answer(self, message: dict, tensors: list[torch.Tensor]) -> tuple[dict, list[torch.Tensor]]:
        for number in message.get("release", []):
            del self.tensors[number]
        try:
            return HANDLERS[message["do"]](self, message, tensors)
        except Exception as error:  # Sent to the other end, which decides what to do.
            return {"failed": sentence_of(error)}, []


HANDLERS = {name: getattr(Worker, name) for name in ("compile", "dispose", "upload", "download", "skip", "run")}


def zeros(of: dict, device: torch.device) -> torch.Tensor:
    return torch.zeros(of["shape"], dtype=DTYPES[of["dtype"]], device=device)


def configure(settings: dict) -> Setting:
    """Configures PyTorch so that f32 is never computed in less, and the same step gives the same bits."""
    torch.set_num_threads(settings["threads"])
    torch.set_grad_enabled(False)
    # (use_deterministic_algorithms would also set this for the compiler, and import it: 74 MB and a second.)
    torch.set_deterministic_debug_mode("error")
    # Otherwise every new tensor would first be filled with NaN.
    torch.utils.deterministic.fill_uninitialized_memory = False
    torch.set_float32_matmul_precision("highest")
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    if settings["compile"]:
        torch.use_deterministic_algorithms(True)
        compile_without_waste()
    return Setting(torch.device(settings["device"]), products_of(settings), settings["precision"] == "bf16")


def compile_without_waste() -> None:
    """Turns off the precompiled header, which takes six seconds to make and 150 MB, and does not make compiling these few kernels faster."""
    import torch._inductor.config as inductor

    if hasattr(inductor, "cpp_cache_precompile_headers"):
        inductor.cpp_cache_precompile_headers = False
    kernels.join_kernels()


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
        missing = machine.missing(settings)
        channel.send({**greeting, **(machine.facts(settings) if missing is None else {"missing": missing})}, [])
        worker = Worker(configure(settings), settings["compile"])
        while True:
            try:
                answer, tensors = worker.answer(*channel.receive())
            except MemoryError as error:
                answer, tensors = {"failed": sentence_of(error)}, []
            channel.send(answer, tensors)
            del tensors
    except (Closed, BrokenPipeError, ConnectionResetError):
        # The other end has gone, so nobody is left to report to.
        return
