"""A process that ends with the one that started it."""

import ctypes
import os
import signal
import sys


def die_with(parent: int) -> None:
    """Ends this process when its parent ends for whatever reason: one that waits for a message notices the closed socket, one that computes does not."""
    if sys.platform == "linux":
        PR_SET_PDEATHSIG = 1
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(0)
