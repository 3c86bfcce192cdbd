"""Messages between vcycle and its worker over one socket; `../messages.ts` is the other end.

A message is 4 bytes (the length of the header) and 8 bytes (the length of all tensors after it), both little-endian; the header, JSON in UTF-8, whose
key "tensors" gives the dtype and shape of each tensor; and the tensors' raw bytes, row-major, in that order. Not here: what messages mean.
"""

import ctypes
import json
import math
import socket
import struct

import torch

PREFIX = struct.Struct("<IQ")
DTYPES = {"f32": torch.float32, "i32": torch.int32}
NAMES = {dtype: name for name, dtype in DTYPES.items()}
ITEM = 4

# One system call moves less than 2 GiB.
PIECE = 2**30


class Closed(Exception):
    """The other end has closed the connection."""


def bytes_of(tensor: torch.Tensor) -> memoryview:
    """The memory of a contiguous tensor on the CPU, which must outlive it. (PyTorch itself exposes it only to NumPy.)"""
    size = tensor.numel() * tensor.element_size()
    return memoryview((ctypes.c_char * size).from_address(tensor.data_ptr())).cast("B")


class Channel:
    def __init__(self, connection: socket.socket):
        self.socket = connection

    def _fill(self, memory: memoryview) -> None:
        at = 0
        while at < len(memory):
            count = self.socket.recv_into(memory[at : at + PIECE])
            if count == 0:
                raise Closed
            at += count

    def _read(self, size: int) -> bytearray:
        memory = bytearray(size)
        self._fill(memoryview(memory))
        return memory

    def _skip(self, size: int) -> None:
        memory = memoryview(bytearray(min(size, 2**20)))
        while size > 0:
            self._fill(memory[: min(size, len(memory))])
            size -= min(size, len(memory))

    def receive(self) -> tuple[dict, list[torch.Tensor]]:
        """The next message. MemoryError: there is no memory for its tensors; the message has been read to its end."""
        length, behind = PREFIX.unpack(self._read(PREFIX.size))
        header = json.loads(self._read(length))
        tensors = []
        for dtype, shape in header.get("tensors", []):
            size = ITEM * math.prod(shape)
            try:
                tensor = torch.empty(shape, dtype=DTYPES[dtype])
            except (MemoryError, RuntimeError) as error:
                self._skip(behind)
                raise MemoryError(f"{size} bytes for a tensor of {shape}") from error
            self._fill(bytes_of(tensor))
            behind -= size
            tensors.append(tensor)
        return header, tensors

    def send(self, header: dict, tensors: list[torch.Tensor]) -> None:
        for piece in Frames(header, tensors).pieces:
            self.socket.sendall(piece)


class Frames:
    """A message as bytes to send, one piece after the other."""

    def __init__(self, header: dict, tensors: list[torch.Tensor]):
        # The pieces are views of their memory.
        self.on_host = [tensor.cpu().contiguous() for tensor in tensors]
        described = {**header, "tensors": [[NAMES[tensor.dtype], list(tensor.shape)] for tensor in self.on_host]}
        text = json.dumps(described).encode()
        behind = sum(ITEM * tensor.numel() for tensor in self.on_host)
        self.pieces: list[bytes | memoryview] = [PREFIX.pack(len(text), behind) + text]
        for memory in map(bytes_of, self.on_host):
            self.pieces += [memory[at : at + PIECE] for at in range(0, len(memory), PIECE)]
