"""What this machine offers PyTorch: its processor or card, bf16, a compiler; and which requested features it lacks."""

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import sysconfig

import torch


def processor() -> str:
    """The processor's name, as Linux reports it."""
    try:
        with open("/proc/cpuinfo", encoding="utf8") as lines:
            return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
    except OSError:
        return platform.processor() or "unknown"


def instructions() -> str:
    """The processor's instruction sets, as Linux reports them: code for one processor need not run on another of its name."""
    try:
        with open("/proc/cpuinfo", encoding="utf8") as lines:
            return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(("flags", "Features"))), "")
    except OSError:
        return ""


def has_bf16(device: str) -> bool:
    """Whether the hardware multiplies in bf16; emulated, it would only be slower than f32."""
    if device == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if platform.machine() in ("aarch64", "arm64"):
        return torch.ops.mkldnn._is_mkldnn_bf16_supported()
    asked = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    return any(ask() for ask in asked if ask is not None)


def compiler(device: str) -> str | None:
    """The compiler that torch.compile uses: of C++ for a CPU; of C for a card, where Triton calls its kernels through it."""
    if device == "cuda":
        given = os.environ.get("CC")
        return shutil.which(given) if given else shutil.which("gcc") or shutil.which("clang")
    return shutil.which(os.environ.get("CXX") or ("clang++" if sys.platform == "darwin" else "g++"))


def works(path: str) -> bool:
    try:
        return subprocess.run([path, "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0
    except OSError:
        return False


def missing_to_compile(device: str) -> str | None:
    """Why torch.compile cannot work here; None if it can."""
    language, default, variable = ("C", "gcc", "CC") if device == "cuda" else ("C++", "g++", "CXX")
    found = compiler(device)
    if found is None or not works(found):
        was = f" (was {found}, which does not work)" if found is not None else f" (was {os.environ[variable]})" if os.environ.get(variable) else ""
        return (
            f"cannot compile programs: torch.compile needs a {language} compiler, {default} or the one that {variable} names{was}; "
            f"on Debian or Ubuntu: sudo apt install {default}"
        )
    include = sysconfig.get_path("include")
    # (macOS has them in its frameworks, where torch.compile looks as well.)
    if sys.platform == "linux" and not os.path.exists(os.path.join(include, "Python.h")):
        return f"cannot compile programs: torch.compile needs Python's headers (there is no Python.h in {include}); on Debian or Ubuntu: sudo apt install python3-dev"
    if device == "cuda" and importlib.util.find_spec("triton") is None:
        return f"cannot compile programs: torch.compile needs Triton on a card, which this Python lacks; install PyTorch's own, with {sys.executable} -m pip install triton"
    return None


def missing(settings: dict) -> str | None:
    """Why this machine cannot run with these settings; None if it can."""
    device = settings["device"]
    if device == "cuda" and not torch.cuda.is_available():
        build = "" if torch.version.cuda else f", which is a build for the CPU alone: run vcycle setup torch again where there is a GPU"
        return f"needs an NVIDIA GPU that PyTorch can use (was PyTorch {torch.__version__}{build})"
    if settings["precision"] == "bf16" and not has_bf16(device):
        return f"cannot multiply in bf16 here: it needs AVX512-BF16 or AMX, or a card of compute capability 8.0 (was {name_of(device)}); choose f32"
    return missing_to_compile(device) if settings["compile"] else None


def missing_card(settings: dict, card: int) -> str | None:
    """Why this rank has no card; each rank of a machine has its own."""
    if settings["device"] == "cpu" or card < torch.cuda.device_count():
        return None
    return f"needs a card for each rank of this machine (there are {torch.cuda.device_count()}); lower --ranks"


def name_of(device: str) -> str:
    return torch.cuda.get_device_name() if device == "cuda" else processor()


def facts(settings: dict) -> dict:
    """For `vcycle doctor`."""
    device = settings["device"]
    said = {"name": name_of(device), "bf16": has_bf16(device), "compiler": compiler(device)}
    if device == "cuda":
        major, minor = torch.cuda.get_device_capability()
        said |= {"capability": f"{major}.{minor}", "memory": torch.cuda.get_device_properties(0).total_memory}
    return said
