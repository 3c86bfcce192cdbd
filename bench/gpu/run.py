#!/usr/bin/env python3
"""The benchmark on a GPU machine that has neither Node nor network: unpacks what `npm run bench:gpu-pack` packed beside this file, finds
the Vulkan driver, asks `vcycle doctor`, and measures. Python's own library alone; PyTorch is a peer and may be missing.

    python3 run.py                     # all of it: minutes
    python3 run.py --quick             # tiny sizes: to see that it works
    python3 run.py --software --quick  # without a GPU: on SwiftShader, which is in the pack

Results go to stdout as a table and to --out as JSON. What is not known here goes to the benchmark itself: --steps, --backends, --json, …
Exit 0 measured, 1 failed, 2 the input was wrong.
"""

import argparse
import ctypes
import json
import os
import platform
import subprocess
import sys
import tarfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ARCHIVES = ["node", "runtimes", "vcycle", "vulkan"]

# Where NVIDIA's driver, its containers and Debian install the file that names the driver's library.
DRIVERS = [
    "/usr/share/vulkan/icd.d/nvidia_icd.json",
    "/usr/share/vulkan/icd.d/nvidia_icd.x86_64.json",
    "/etc/vulkan/icd.d/nvidia_icd.json",
    "/etc/vulkan/icd.d/nvidia_icd.x86_64.json",
    "/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json",
    "/usr/local/share/vulkan/icd.d/nvidia_icd.json",
]

# NVIDIA's Vulkan driver, with and without X.
DRIVER_LIBRARIES = ["libGLX_nvidia.so.0", "libEGL_nvidia.so.0"]


def refuse(message: str) -> None:
    print(message, file=sys.stderr)
    sys.exit(2)


def unpack(folder: Path) -> None:
    missing = [f"{name}.tar.xz" for name in ARCHIVES if not (HERE / f"{name}.tar.xz").exists()]
    if missing:
        refuse(f"{', '.join(missing)} must lie beside run.py (there is none in {HERE}); make them with npm run bench:gpu-pack")
    folder.mkdir(parents=True, exist_ok=True)
    for name in ARCHIVES:
        with tarfile.open(HERE / f"{name}.tar.xz") as archive:
            archive.extractall(folder)
        print(f"unpacked {name}", file=sys.stderr)


def is_there(library: str) -> bool:
    try:
        ctypes.CDLL(library)
        return True
    except OSError:
        return False


def written(folder: Path) -> str:
    """Writes a driver file for a driver installed without one, as in containers that have only the compute part."""
    library = next((name for name in DRIVER_LIBRARIES if is_there(name)), None)
    if library is None:
        return ""
    file = folder / "nvidia_icd.json"
    file.write_text(json.dumps({"file_format_version": "1.0.0", "ICD": {"library_path": library, "api_version": "1.3.0"}}))
    return str(file)


def vulkan(folder: Path, software: bool) -> "dict[str, str]":
    """The environment in which a process finds the driver and a loader: the machine's own, otherwise the one in the pack."""
    bundled = folder / "swiftshader"
    found = {}
    given = os.environ.get("VK_DRIVER_FILES") or os.environ.get("VK_ICD_FILENAMES")
    if software:
        driver = str(bundled / "vk_swiftshader_icd.json")
    else:
        driver = given or next((path for path in DRIVERS if Path(path).exists()), "") or written(folder)
    if driver:
        found = {"VK_DRIVER_FILES": driver, "VK_ICD_FILENAMES": driver}
    else:
        print(
            "no Vulkan driver of NVIDIA's was found (looked for " + ", ".join([*DRIVERS, *DRIVER_LIBRARIES]) + "); WebGPU needs one: "
            "start the container with NVIDIA_DRIVER_CAPABILITIES=all, or set VK_DRIVER_FILES",
            file=sys.stderr,
        )
    if software or not is_there("libvulkan.so.1"):
        found["LD_LIBRARY_PATH"] = ":".join(filter(None, [str(bundled), os.environ.get("LD_LIBRARY_PATH", "")]))
    print(f"Vulkan driver: {driver or 'none'}; loader: {'of the pack' if 'LD_LIBRARY_PATH' in found else 'of the machine'}", file=sys.stderr)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", type=Path, default=HERE / "unpacked", help="the folder to unpack into (default: beside this file)")
    parser.add_argument("--software", action="store_true", help="SwiftShader instead of a GPU")
    parser.add_argument("--out", type=Path, default=Path("gpu.json"), help="the results as JSON (default: gpu.json)")
    options, others = parser.parse_known_args()
    if sys.platform != "linux" or platform.machine() not in ("x86_64", "AMD64"):
        refuse(f"the pack is for Linux on x64 (was {sys.platform} on {platform.machine()})")
    folder = options.into.resolve()
    unpack(folder)
    environment = {**os.environ, **vulkan(folder, options.software)}
    node = str(folder / "node")
    subprocess.run([node, "dist/src/cli/main.js", "doctor"], cwd=folder, env=environment, stdout=sys.stderr, check=False)
    out = options.out.resolve()
    command = [node, "dist/bench/gpu/main.js", "--out", str(out), "--python", sys.executable, *others]
    sys.exit(subprocess.run(command, cwd=folder, env=environment, check=False).returncode)


if __name__ == "__main__":
    main()
