"""Compiles functions for a worker, which started this process and waits for its end: reads what is asked from its input, and writes files.

Of each function two: KEY.so has all its kernels, KEY.json the code that calls them. The C++ compiler runs for several functions at once. Not here: which
functions (`compiling.py`), how the files are used (`apart.py`).
"""

import builtins
import dis
import json
import os
import re
import sys
import warnings
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import CodeType

from parent import die_with

# A kernel, in the code that inductor writes.
KERNEL = re.compile(r"^(\w+) = async_compile\.cpp_pybinding\(", re.MULTILINE)
# The code that calls kernels is between these lines.
BEGIN, END = "del async_compile\n", "\ndef get_args():"


def names_read(code: CodeType) -> set[str]:
    """The global names that code reads, also in its functions."""
    own = {each.argval for each in dis.get_instructions(code) if each.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return own.union(*(names_read(each) for each in code.co_consts if isinstance(each, CodeType)))


def names_written(code: CodeType) -> set[str]:
    return {each.argval for each in dis.get_instructions(code) if each.opname in ("STORE_GLOBAL", "STORE_NAME")}


def traced(source: dict) -> tuple:
    """A source as a graph of PyTorch's operations, and tensors without memory that stand for its inputs."""
    import torch
    from torch._subclasses.fake_tensor import FakeTensorMode
    from torch.fx.experimental.proxy_tensor import make_fx

    from wire import DTYPES
    from writing import names_of_texts

    dtypes = DTYPES | {"bf16": torch.bfloat16}
    scope = names_of_texts(torch.device("cpu"))
    constants = [eval(expression, scope) for expression in source["constants"]]
    exec(compile(source["text"], f"<{source['title']}>", "exec"), scope)
    whole = scope["program"]
    with FakeTensorMode() as mode:
        given = [torch.empty(each["shape"], dtype=dtypes[each["dtype"]]) for each in source["types"]]
        given += [mode.from_tensor(constant) for constant in constants]
    if not source["any_length"]:
        return make_fx(whole, tracing_mode="fake")(*given), given
    graph = make_fx(whole, tracing_mode="symbolic")(*(torch.zeros(each.shape, dtype=each.dtype) for each in given))
    return graph, [node.meta["val"] for node in graph.graph.nodes if node.op == "placeholder"]


def code_of(source: dict) -> tuple[str, list[tuple[list[str], str]]]:
    """What inductor writes for a function: Python that calls kernels, and the kernels, each with the types of its arguments."""
    from torch._inductor.async_compile import AsyncCompile
    from torch._inductor.compile_fx import compile_fx, compile_fx_inner

    kernels: list[tuple[list[str], str]] = []
    written: list[str] = []

    def inner(graph, given, **options):
        made = compile_fx_inner(graph, given, **options)
        written.append(made.source_code)
        return made

    AsyncCompile.cpp_pybinding = lambda self, types, text: kernels.append((types, text))
    compile_fx(*traced(source), inner_compile=inner)
    [code] = written
    return code, kernels


def kept_of(source: dict, code: str, known: set[str]) -> dict:
    """The part of the code that a worker needs, which must use nothing that it has not."""
    names = KERNEL.findall(code)
    text = code[code.index(BEGIN) + len(BEGIN) : code.index(END)]
    module = compile(text, source["title"], "exec")
    unknown = names_read(module) - names_written(module) - known - {*names} - {*dir(builtins)}
    if unknown:
        raise ValueError(f"the compiled code of {source['title']} uses {', '.join(sorted(unknown))}, which a worker does not have")
    return {"title": source["title"], "kernels": names, "code": text}


def write(path: Path, content: bytes) -> None:
    """The whole file or none."""
    beside = path.with_suffix(f".{os.getpid()}")
    beside.write_bytes(content)
    os.replace(beside, path)


def compile_all(asked: dict, pool: ThreadPoolExecutor) -> None:
    import apart
    from kernels import library_of

    folder = Path(asked["folder"])
    known = {*apart.names_in_code()}
    running: list[tuple[str, dict, Future]] = []
    for key, source in asked["sources"].items():
        code, kernels = code_of(source)
        running.append((key, kept_of(source, code, known), pool.submit(library_of, kernels)))
    for key, kept, library in running:
        made = b"" if library.result() is None else Path(library.result()).read_bytes()
        if made:
            write(folder / f"{key}.so", made)
        # Last, since where it is the other is too.
        write(folder / f"{key}.json", json.dumps({**kept, "bytes": len(made)}).encode())


def prepare(threads: int) -> None:
    """PyTorch as in a worker (`serve.py`), and its compiler."""
    import torch
    import torch._functorch.config as functorch
    import torch._inductor.config as inductor

    import serve

    serve.configure({"device": "cpu", "threads": threads, "precision": "f32", "compile": False})
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = False
    # What is compiled is kept by the worker's own key; a precompiled header takes six seconds to make and 150 MB.
    inductor.fx_graph_cache = False
    functorch.enable_autograd_cache = False
    inductor.cpp_cache_precompile_headers = False


def main() -> None:
    asked = json.load(sys.stdin)
    die_with(asked["parent"])
    warnings.filterwarnings("ignore", message="Failed to initialize NumPy")
    prepare(asked["threads"])
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    with ThreadPoolExecutor(max_workers=processors) as pool:
        compile_all(asked, pool)


if __name__ == "__main__":
    main()
