"""A process that ends with the one that started it."""

import ctypes
import os
import signal
import sys


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except OSError:
        return False
    return True


def die_with(parent: int) -> None:
    """Ends this process when its parent ends for whatever reason: one that waits for a message notices the closed socket, one that computes does not."""
    if sys.platform == "linux":
        PR_SET_PDEATHSIG = 1
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        if is_running(parent):
            sys.exit("it must be a process that vcycle itself starts: a script in place of Python must end with exec python \"$@\"")
        sys.exit(0)
