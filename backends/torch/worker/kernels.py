"""All C++ kernels of a compiled part in one file: most of the time that a kernel takes to compile is for its headers, which are then read once.

Inductor would compile each by itself. This relies on how PyTorch 2.13 does so; with another version it changes nothing.
"""

import importlib.machinery
import importlib.util
import os
import re
from collections.abc import Callable
from types import ModuleType, SimpleNamespace

import torch

VERSION = (2, 13)

ENTRY = re.compile(r'extern "C"\s+void\s+kernel\(')
INCLUDE = re.compile(r"^\s*#include .*$", re.MULTILINE)


def loaded(name: str, path: str) -> ModuleType:
    """The extension module of that name in a library that has several."""
    loader = importlib.machinery.ExtensionFileLoader(name, path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_file_location(name, path, loader=loader))
    loader.exec_module(module)
    return module


class Batch:
    """The kernels of one part."""

    def __init__(self):
        self.texts: list[str] = []
        self.functions: list[Callable[..., None]] | None = None

    def add(self, argument_types: list[str], source: str) -> Callable[[], Callable[..., None]]:
        """What gives the kernel, once all kernels have been added."""
        from torch._inductor.codecache import CppPythonBindingsCodeCache as Cache

        place = len(self.texts)
        name = f"kernel_{place}"
        parsed = ", ".join(f"parse_arg<{each.replace('const ', '')}>(args, {n})" for n, each in enumerate(argument_types))
        bindings = Cache.suffix_template.format(
            arg_len=len(argument_types),
            call_entry_func=Cache.call_entry_function.format(parsed).replace("kernel(", f"{name}(", 1),
            entry_func=name,
            extra_parse_arg="",
        )
        self.texts.append(ENTRY.sub(f"void {name}(", source) + bindings)
        return lambda: self.kernels()[place]

    def kernels(self) -> list[Callable[..., None]]:
        if self.functions is None:
            self.functions = self._compiled()
        return self.functions

    def _compiled(self) -> list[Callable[..., None]]:
        from torch._inductor.codecache import CppPythonBindingsCodeCache as Cache

        count = len(self.texts)

        class Library(Cache):
            cache = {}

            @classmethod
            def _load_library_inner(cls, path: str, key: str) -> SimpleNamespace:
                address = torch._C._dynamo.guards._torchinductor_pyobject_tensor_data_ptr
                # The library's modules read it when they are loaded.
                os.environ["_TORCHINDUCTOR_PYOBJECT_TENSOR_DATA_PTR"] = str(address)
                names = [f"kernel_{place}" for place in range(count)]
                return SimpleNamespace(functions=[getattr(loaded(name, path), name) for name in names])

        includes = dict.fromkeys(line.strip() for text in self.texts for line in INCLUDE.findall(text))
        spaces = [f"namespace of_kernel_{place} {{\n{INCLUDE.sub('', text)}\n}}" for place, text in enumerate(self.texts)]
        return Library.load("\n".join(["#define PY_SSIZE_T_CLEAN", *includes, *spaces])).functions


def join_kernels() -> None:
    """From now on, kernels of a part are compiled together."""
    if tuple(int(part) for part in torch.__version__.split(".")[:2]) != VERSION:
        return
    from torch._inductor.async_compile import AsyncCompile, get_compile_threads
    from torch._inductor.codecache import LambdaFuture

    alone = AsyncCompile.cpp_pybinding

    def together(self: AsyncCompile, argument_types: list[str], source: str):
        # With one thread, inductor expects kernels at once.
        if get_compile_threads() <= 1 or len(ENTRY.findall(source)) != 1:
            return alone(self, argument_types, source)
        batch = self.__dict__.setdefault("batch", Batch())
        return LambdaFuture(batch.add(argument_types, source))

    AsyncCompile.cpp_pybinding = together
