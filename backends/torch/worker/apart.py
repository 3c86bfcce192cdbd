"""Functions that torch.compile has compiled in a process of its own, so that this one never imports the compiler: it loads kernels and the few lines that call them.

The other process is `compiler.py`, which says how code is kept; what was compiled once, for this processor and these threads, is loaded the next time.
It writes what PyTorch 2.13 does; with another version, and on a card, torch.compile runs in this process (`compiling.py`).
"""

import fcntl
import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

import machine
from kernels import loaded

VERSION = (2, 13)

# Takes a list of tensors, which it empties, so that each is freed after its last use.
Boxed = Callable[[list[torch.Tensor]], tuple[torch.Tensor, ...]]


@dataclass(frozen=True)
class Source:
    """The text of a function, `program`, of tensors of these types, row-major; its last ones are constants, given as expressions."""

    text: str
    title: str
    types: list[dict]
    constants: list[str]
    # Whether tensors have any length instead.
    any_length: bool = False


def is_possible(device: torch.device) -> bool:
    return device.type == "cpu" and tuple(int(part) for part in torch.__version__.split(".")[:2]) == VERSION


def folder() -> Path:
    """Where code is kept: the folder that vcycle names, otherwise the one that it would."""
    kept = os.environ.get("VCYCLE_CACHE") or os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "vcycle")
    return Path(os.environ.get("TORCHINDUCTOR_CACHE_DIR") or os.path.join(kept, "torch-compiled")) / "vcycle"


def circumstances() -> list:
    """What compiled code depends on besides its source."""
    own = [Path(__file__).with_name(name).read_text(encoding="utf8") for name in ("compiler.py", "kernels.py", "attention.py", "products.py")]
    chosen = sorted(pair for pair in os.environ.items() if pair[0] == "CXX" or pair[0].startswith("TORCHINDUCTOR_CPP"))
    return [torch.__version__, sys.version, machine.processor(), machine.instructions(), torch.get_num_threads(), chosen, own]


def keys_of(sources: list[Source]) -> list[str]:
    around = circumstances()
    # (A title names the place of the first of equal parts.)
    return [hashlib.sha256(json.dumps([around, {**asdict(source), "title": ""}]).encode()).hexdigest() for source in sources]


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Where several ranks compile the same step, one does and the others wait."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock = open(path / "lock", "w", encoding="utf8")
    except OSError as error:
        where = "name another folder by TORCHINDUCTOR_CACHE_DIR"
        raise RuntimeError(f"compiled code cannot be kept in {path} ({error.strerror}); {where}") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def last_words(ended: subprocess.CompletedProcess) -> str:
    """Why it failed: what the C++ compiler calls an error, otherwise the last line; what a signal has ended says nothing."""
    if ended.returncode < 0:
        name = signal.Signals(-ended.returncode).name
        return f"its process ended ({name}{', as where memory runs out' if name == 'SIGKILL' else ''})"
    said = [line.strip() for line in (ended.stdout + ended.stderr).split("\n") if line.strip()]
    errors = [line for line in said if "error: " in line]
    return (errors[:1] or said[-1:] or [f"its process ended (exit code {ended.returncode})"])[0]


def compile_apart(path: Path, missing: dict[str, Source]) -> None:
    asked = {
        "threads": torch.get_num_threads(),
        "folder": str(path),
        "parent": os.getpid(),
        "sources": {key: asdict(source) for key, source in missing.items()},
    }
    script = Path(__file__).with_name("compiler.py")
    kept = {**os.environ, "TORCHINDUCTOR_CACHE_DIR": str(path.parent)}
    done = subprocess.run([sys.executable, "-B", script], input=json.dumps(asked), env=kept, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"torch.compile failed: {last_words(done)}")


def extern_kernel(name: str) -> Callable:
    """A product as compiled code calls it; of others PyTorch knows which function that is."""
    if name in ("mm", "bmm", "addmm", "baddbmm"):
        return getattr(torch, name)
    from torch._inductor.select_algorithm import extern_kernels

    return getattr(extern_kernels, name)


class ExternKernels:
    def __getattr__(self, name: str) -> Callable:
        return extern_kernel(name)


def names_in_code() -> dict:
    """What the code that calls kernels may use."""
    guards = torch._C._dynamo.guards
    return {
        "torch": torch,
        "aten": torch.ops.aten,
        "assert_size_stride": guards.assert_size_stride,
        "assert_alignment": guards.assert_alignment,
        "empty_strided_cpu": guards._empty_strided_cpu,
        "reinterpret_tensor": guards._reinterpret_tensor,
        "extern_kernels": ExternKernels(),
    }


def is_whole(path: Path, key: str) -> bool:
    """Whether both files are there; one that a full disk or a power failure cut off is made again."""
    try:
        kept = json.loads((path / f"{key}.json").read_text(encoding="utf8"))
        return kept["bytes"] == (os.path.getsize(path / f"{key}.so") if kept["kernels"] else 0)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def load(path: Path, key: str) -> Boxed:
    kept = json.loads((path / f"{key}.json").read_text(encoding="utf8"))
    # The library's modules read it when they are loaded.
    os.environ["_TORCHINDUCTOR_PYOBJECT_TENSOR_DATA_PTR"] = str(torch._C._dynamo.guards._torchinductor_pyobject_tensor_data_ptr)
    library = str(path / f"{key}.so")
    names = names_in_code()
    for place, name in enumerate(kept["kernels"]):
        kernel = f"kernel_{place}"
        names[name] = getattr(loaded(kernel, library), kernel)
    exec(compile(kept["code"], f"<compiled {kept['title']}>", "exec"), names)
    call = names["runner"].call

    def boxed(held: list[torch.Tensor]) -> tuple[torch.Tensor, ...]:
        for place, tensor in enumerate(held):
            held[place] = tensor.contiguous()
        return call(held)

    return boxed


def compiled_apart(sources: list[Source]) -> list[Boxed]:
    """Each source as a function of its tensors, constants included."""
    path, keys = folder(), keys_of(sources)

    def missing() -> dict[str, Source]:
        return {key: source for key, source in zip(keys, sources) if not is_whole(path, key)}

    if missing():
        with alone(path):
            still = missing()
            if still:
                compile_apart(path, still)
    return [load(path, key) for key in keys]
