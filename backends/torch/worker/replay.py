"""Repeats what `vcycle record` kept, and times it: Python and PyTorch alone, no Node. The files beside this one are all that it takes.

One line of JSON goes to stdout: of each program how often it ran, its shortest and its median run in milliseconds, FLOPs of its products and their rate
at the median; the losses; the peak of memory. The first runs of a program (--warmup) are not timed.
"""

import argparse
import io
import json
import os
import resource
import statistics
import sys
import time
import warnings

# As for vcycle's worker: threads that wait for each other sleep.
os.environ.setdefault("GOMP_SPINCOUNT", "0")
# cuBLAS needs this for matrix products that are the same bit for bit in every run.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
# Nothing here needs NumPy.
warnings.filterwarnings("ignore", message="Failed to initialize NumPy")

try:
    import torch
except ImportError as error:
    sys.exit(f"replay: needs PyTorch, which this Python ({sys.executable}) cannot import ({error}); run it with one that has it")

import machine
from serve import Worker, configure
from version import VERSION
from wire import Channel, Closed


class Reader:
    """A file that is read as if it were a socket."""

    def __init__(self, file: io.BufferedReader):
        self.file = file
        self.size = os.fstat(file.fileno()).st_size

    @property
    def more(self) -> bool:
        return self.file.tell() < self.size

    def recv_into(self, memory: memoryview) -> int:
        return self.file.readinto(memory)


def least(number: int):
    def whole(text: str) -> int:
        value = int(text)
        if value < number:
            raise ValueError
        return value

    # argparse names it where a text is refused.
    whole.__name__ = f"whole number of at least {number}"
    return whole


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recording", help="the file that vcycle record wrote")
    parser.add_argument("--device", choices=["cpu", "cuda"], help="default: as it was recorded")
    parser.add_argument("--precision", choices=["f32", "bf16"], help="default: as it was recorded")
    parser.add_argument("--compile", action=argparse.BooleanOptionalAction, help="default: as it was recorded")
    parser.add_argument("--threads", type=least(1), help="default: as it was recorded")
    parser.add_argument("--warmup", type=least(0), default=3, help="runs of each program that are not timed (default: 3)")
    return parser.parse_args()


def synchronize(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


def peak_megabytes(device: torch.device) -> float:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated() / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def end(message: str) -> None:
    sys.exit(f"replay: {message}")


def replay(reader: Reader, asked: argparse.Namespace) -> dict:
    channel = Channel(reader)
    settings, _ = channel.receive()
    settings.pop("tensors")
    version = settings.pop("version", None)
    if version != VERSION:
        end(f"{asked.recording} must be of version {VERSION}, as this replay.py is (was {version}); record it again, or take the replay.py of that version")
    chosen = {key: getattr(asked, key) for key in ("device", "precision", "compile", "threads")}
    settings |= {key: value for key, value in chosen.items() if value is not None}
    lacking = machine.missing(settings)
    if lacking is not None:
        end(lacking)
    worker = Worker(configure(settings), settings["compile"])
    programs: dict[int, dict] = {}
    losses: list[float] = []
    while reader.more:
        message, tensors = channel.receive()
        # Nobody here needs the tensors that vcycle read back.
        if message["do"] == "download":
            message["do"] = "skip"
        began = time.perf_counter()
        answer, up = worker.answer(message, tensors)
        if "failed" in answer:
            end(f"{message['do']} failed: {answer['failed']}")
        if message["do"] == "compile":
            code = message["code"]
            loses = any(each["role"] == "loss" for each in code["outputs"])
            programs[message["program"]] = {"name": code["name"], "flops": message["flops"], "ms": [], "loses": loses, **answer}
        if message["do"] == "run":
            # The outputs that vcycle receives, such as the loss, are copied to the CPU, so a step includes that wait.
            on_host = [tensor.cpu() for tensor in up]
            synchronize(worker.device)
            program = programs[message["program"]]
            program["ms"].append(1000 * (time.perf_counter() - began))
            if program["loses"] and on_host:
                losses.append(on_host[0].item())
        del tensors
    return {
        "settings": settings,
        "torch": torch.__version__,
        "machine": machine.name_of(settings["device"]),
        "programs": [timed(program, asked.warmup) for program in programs.values() if program["ms"]],
        "losses": losses,
        "peakMegabytes": peak_megabytes(worker.device),
    }


def timed(program: dict, warmup: int) -> dict:
    ms = program["ms"][warmup:] or program["ms"]
    median = statistics.median(ms)
    return {
        "name": program["name"],
        "runs": len(program["ms"]),
        "medianMs": median,
        "minMs": min(ms),
        "flops": program["flops"],
        "gflopsPerSecond": program["flops"] / median / 1e6,
        **({"compileSeconds": program["seconds"]} if "seconds" in program else {}),
    }


def main() -> None:
    asked = arguments()
    try:
        file = open(asked.recording, "rb")
    except OSError as error:
        end(f"{asked.recording} cannot be read ({error.strerror})")
    with file:
        try:
            print(json.dumps(replay(Reader(file), asked)))
        except Closed:
            end(f"{asked.recording} is cut off, or no recording of vcycle's; record it again")
        except (ValueError, KeyError, TypeError, AttributeError, MemoryError) as error:
            end(f"{asked.recording} is no recording of vcycle's ({error}); record it again")


main()
