"""All C++ kernels of a compiled function in one file: most of the time that a kernel takes to compile is for its headers, which are then read once.

Inductor would compile each by itself. This relies on how PyTorch 2.13 does so.
"""

import importlib.machinery
import importlib.util
import re
from types import ModuleType, SimpleNamespace

ENTRY = re.compile(r'extern "C"\s+void\s+kernel\(')
INCLUDE = re.compile(r"^\s*#include .*$", re.MULTILINE)


def loaded(name: str, path: str) -> ModuleType:
    """The extension module of that name in a library that has several."""
    loader = importlib.machinery.ExtensionFileLoader(name, path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_file_location(name, path, loader=loader))
    loader.exec_module(module)
    return module


def with_bindings(place: int, argument_types: list[str], source: str) -> str:
    """A kernel and the module of Python's that calls it, `kernel_0` and so on."""
    from torch._inductor.codecache import CppPythonBindingsCodeCache as Cache

    name = f"kernel_{place}"
    parsed = ", ".join(f"parse_arg<{each.replace('const ', '')}>(args, {n})" for n, each in enumerate(argument_types))
    bindings = Cache.suffix_template.format(
        arg_len=len(argument_types),
        call_entry_func=Cache.call_entry_function.format(parsed).replace("kernel(", f"{name}(", 1),
        entry_func=name,
        extra_parse_arg="",
    )
    return ENTRY.sub(f"void {name}(", source) + bindings


def library_of(kernels: list[tuple[list[str], str]]) -> str | None:
    """Compiles kernels, each the types of its arguments and its source, and returns the path of the library; None if there are no kernels."""
    from torch._inductor.codecache import CppPythonBindingsCodeCache as Cache

    if not kernels:
        return None

    class Library(Cache):
        cache = {}

        @classmethod
        def _load_library_inner(cls, path: str, key: str) -> SimpleNamespace:
            return SimpleNamespace(path=path)

    texts = [with_bindings(place, *kernel) for place, kernel in enumerate(kernels)]
    includes = dict.fromkeys(line.strip() for text in texts for line in INCLUDE.findall(text))
    spaces = [f"namespace of_kernel_{place} {{\n{INCLUDE.sub('', text)}\n}}" for place, text in enumerate(texts)]
    return Library.load("\n".join(["#define PY_SSIZE_T_CLEAN", *includes, *spaces])).path
