"""How the C library's allocator, glibc's, treats the memory of freed tensors: kept for the next ones, except what a compiler leaves behind."""

import ctypes
import os


def glibc(name: str):
    return getattr(ctypes.CDLL(None), name, None)


def keep_memory() -> None:
    """By default the memory of each large tensor is returned to the system, and getting it again takes longer than to compute the tensor.

    Nothing is changed where the environment says how to allocate.

    A tensor's memory is aligned to 64 bytes: glibc takes a little more and frees what is left over on both sides. Its cache of small blocks would give
    that to small objects, and the hole that the tensor leaves would not fit a tensor of the same size again: of 1,355 MB, 580 were such holes. So the
    cache is turned off, which only the environment of a new process can do (`../process.ts`).
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
