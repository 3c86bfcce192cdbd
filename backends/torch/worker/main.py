"""The worker: holds tensors, and runs vcycle's programs on them with PyTorch. It serves one process, over the socket that is its descriptor 3.

Its part of the contract is `../process.ts`. Whatever is printed here is a log: answers go over the socket alone.
"""

import ctypes
import json
import os
import platform
import signal
import socket
import struct
import sys
import warnings

# Raised whenever a message changes its meaning: both ends must say the same.
VERSION = 1


def die_with(parent: int) -> None:
    """Ends this process when its parent ends, however that came; a worker that waits for a message sees the socket's end, one that computes does not."""
    if sys.platform == "linux":
        PR_SET_PDEATHSIG = 1
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(0)


def refuse(connection: socket.socket, fault: dict) -> None:
    """Before PyTorch is there: what keeps this worker from working, in the form of `wire.py`."""
    text = json.dumps({"version": VERSION, **fault}).encode()
    connection.sendall(struct.pack("<IQ", len(text), 0) + text)
    sys.exit(0)


def main() -> None:
    # Ctrl-C goes to all processes of a terminal. What it means, the parent says.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent, version = int(sys.argv[1]), int(sys.argv[2])
    die_with(parent)
    connection = socket.socket(fileno=3)
    if version != VERSION:
        refuse(connection, {"fault": "version"})
    # PyTorch does without NumPy, and so does the worker: these would be its last words.
    warnings.filterwarnings("ignore", message="Failed to initialize NumPy")
    try:
        import torch
    except ImportError as error:
        refuse(connection, {"fault": "torch", "python": platform.python_version(), "message": str(error).strip().split("\n")[-1]})
    least = (2, 6)
    if tuple(int(part) for part in torch.__version__.split(".")[:2]) < least:
        refuse(connection, {"fault": "old", "torch": torch.__version__})
    from serve import serve

    serve(connection, VERSION)


main()
