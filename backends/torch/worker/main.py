"""The worker: holds tensors and runs vcycle's programs on them with PyTorch. It serves one process, over the socket at file descriptor 3.

The other end is `../process.ts`. Whatever is printed here is a log; answers go only over the socket.
"""

import json
import platform
import signal
import socket
import struct
import sys
import warnings

from parent import die_with
from version import VERSION

# The oldest Python that reads the worker's other files. (This one is read by older ones, too.)
LEAST_PYTHON = (3, 10)


def refuse(connection: socket.socket, fault: dict) -> None:
    """Reports why this worker cannot work, in the format of `wire.py`, which cannot be imported before PyTorch."""
    text = json.dumps({"version": VERSION, **fault}).encode()
    connection.sendall(struct.pack("<IQ", len(text), 0) + text)
    sys.exit(0)


def main() -> None:
    # Ctrl-C reaches all processes of a terminal; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent, version = int(sys.argv[1]), int(sys.argv[2])
    die_with(parent)
    connection = socket.socket(fileno=3)
    if version != VERSION:
        refuse(connection, {"fault": "version"})
    if sys.version_info < LEAST_PYTHON:
        refuse(connection, {"fault": "python", "python": platform.python_version()})
    # The worker does not need NumPy; without it PyTorch would print this warning, which would be quoted as the worker's last line.
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
