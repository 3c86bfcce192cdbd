"""How the C library's allocator, glibc's, treats the memory of freed tensors: kept for the next ones, except what a compiler leaves behind."""

import ctypes
import os


def glibc(name: str):
    return getattr(ctypes.CDLL(None), name, None)


def keep_memory() -> None:
    """By default the memory of each large tensor is returned to the system, and getting it again takes longer than to compute the tensor.

    Nothing is changed where the environment says how to allocate.
    """
    M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4
    mallopt = glibc("mallopt")
    if mallopt is None or any(name.startswith("MALLOC_") for name in os.environ):
        return
    mallopt(M_MMAP_MAX, 0)
    mallopt(M_TRIM_THRESHOLD, -1)


def give_back_memory() -> None:
    malloc_trim = glibc("malloc_trim")
    if malloc_trim is not None:
        malloc_trim(0)
