"""What a program can be written as for other engines: the methods of a Program, and what they refuse."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ..errors import InputTypeError, InputValueError, KinkWarning, shortened
from ..export.c_source import c_header_and_source
from ..export.javascript_source import javascript_source
from ..export.listing import Argument, Listing, make_listing
from ..export.names import identifier
from ..export.sympy_form import SymPyForm, sympy_form
from ..export.wasm_module import PAGES, pages_of, wasm_module
from ..kinks.corrections import AT_A_KINK, AT_ITS_OWN_KINK
from ..scalar.messages import warn_at_users_line
from ..transforms.taking import OUT_OF_RANGE
from .arguments import Signature
from .files import write_atomically
from .flatten import Tape
from .jax_form import jax_form
from .onnx_form import onnx_form
from .structure import Leaf, size_of

__all__ = ["Exports", "path_with", "refuse_branches"]

#: As many instructions are unrolled.
_LONGEST_JAVASCRIPT = 20_000


class Exports:
    """The exports of a Program: its value and its gradient as source or bytes that need nothing of this library.

    Formulas and derivatives are those of the table, a primitive of the user's own among them. A list, a tuple or an
    array is handed over as its numbers, row by row.
    """

    tape: Tape
    signature: Signature

    def to_c(self, path: str | os.PathLike[str], name: str | None = None) -> None:
        """Write the program as a file of C99 and a header beside it, which need ``<math.h>`` only.

        The functions are ``NAME_value`` and ``NAME_value_and_grad``; the header says what they take. Up to a thousand
        instructions are unrolled, a line each; a longer program is a table that a loop goes through, in memory of
        ``calloc`` (where there is none, the result is NAN). The same program gives the same bytes.

        Parameters
        ----------
        path
            The source, a file that ends in ``.c``. The header stands beside it and ends in ``.h``.
        name
            What the functions are called by; the name of the file if left out.

        Raises
        ------
        InputTypeError, InputValueError
            If the path is none or does not end in ``.c``, or the program took a branch.

        Examples
        --------
        >>> import tempfile
        >>> from autograd_core import record
        >>> program = record(lambda w, x: (w * x).tanh(), 1.0, 2.0)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     program.to_c(folder + "/neuron.c")
        ...     text = Path(folder, "neuron.c").read_text()
        >>> start = text.index("double neuron_value(")
        >>> print(text[start : text.index("}", start) + 1])
        double neuron_value(double w, double x) {
            const double v1 = w * x;
            const double v2 = tanh(v1);
            return v2;
        }
        """
        source = path_with(path, ".c", "to_c")
        if name is not None and (not isinstance(name, str) or identifier(name, "f") != name):
            raise InputValueError(f"to_c: name={shortened(name)} cannot begin the name of a function; write 'model'")
        listing = self._listing("to_c")
        header = source.with_suffix(".h")
        header_text, source_text = c_header_and_source(listing, name or identifier(source.stem, "f"), header.name)
        write_atomically(header, header_text.encode())
        write_atomically(source, source_text.encode())

    def to_javascript(self, path: str | os.PathLike[str] | None = None) -> str:
        """The program as a module of JavaScript, for reading and for the browser.

        It exports ``value`` and ``valueAndGrad``, which take the arguments in their order. Every instruction is a line.

        Parameters
        ----------
        path
            Where to write it, a file that ends in ``.js`` or ``.mjs``; only returned if left out.

        Returns
        -------
        str
            The text.

        Raises
        ------
        InputTypeError, InputValueError
            If the path is none or ends otherwise, or the program took a branch or is too long to be unrolled.

        Examples
        --------
        >>> from autograd_core import record
        >>> text = record(lambda w, x: (w * x).tanh(), 1.0, 2.0).to_javascript()
        >>> start = text.index("export")
        >>> print(text[start : text.index("}", start) + 1])
        export function value(w, x) {
          const v1 = w * x;
          const v2 = Math.tanh(v1);
          return v2;
        }
        """
        target = None if path is None else path_with(path, ".js", "to_javascript", ".mjs")
        listing = self._listing("to_javascript")
        _refuse_long(listing, _LONGEST_JAVASCRIPT, "to_javascript", "to_c('model.c')")
        text = javascript_source(listing)
        if target is not None:
            write_atomically(target, text.encode())
        return text

    def to_wasm(self, path: str | os.PathLike[str] | None = None) -> bytes:
        r"""The program as a WebAssembly module, for the browser and for every other host.

        It exports a ``memory`` of 64-bit floats, and as constants where in it, in bytes, the numbers stand:

        - ``inputs``: those of the arguments, one after the other, which the host writes;
        - ``gradient``: the derivatives by them, in the same order, which the host reads;
        - ``results``, and ``upstream``, which the host writes if there are several results: the gradient is then that
          of the sum of upstream[i] * results[i].

        ``value()`` computes the results, ``value_and_grad()`` the gradient too; if there is one result, both return it.
        Functions such as ``exp`` are imported from ``Math`` under the names of JavaScript, which hands over its own:
        ``WebAssembly.instantiate(bytes, { Math })``. Another host gives its own functions of 64-bit floats.

        Parameters
        ----------
        path
            Where to write it, a file that ends in ``.wasm``; only returned if left out.

        Returns
        -------
        bytes
            The module; the same program gives the same bytes.

        Raises
        ------
        InputTypeError, InputValueError
            If the path is none or ends otherwise, or the program took a branch or needs more memory than there can be.

        Examples
        --------
        >>> from autograd_core import record
        >>> module = record(lambda w, x: (w * x).tanh(), 1.0, 2.0).to_wasm()
        >>> module[:4], b"Math" in module, b"tanh" in module, b"sin" in module
        (b'\x00asm', True, True, False)
        """
        target = None if path is None else path_with(path, ".wasm", "to_wasm")
        listing = self._listing("to_wasm")
        if pages_of(listing) > PAGES:
            raise InputValueError("to_wasm: the program needs more than the 4 GiB of a module; write to_c('model.c')")
        data = wasm_module(listing)
        if target is not None:
            write_atomically(target, data)
        return data

    def to_sympy(self) -> SymPyForm:
        """A small program as formulas of SymPy, to be simplified, printed or solved.

        Returns
        -------
        SymPyForm
            A symbol for each number of the arguments, the value, and the derivatives by the symbols: those of the
            table, multiplied and added by the chain rule.

        Raises
        ------
        InputValueError
            If SymPy is not installed or lacks a function, or the program took a branch or is long written out.

        Examples
        --------
        >>> from autograd_core import record
        >>> form = record(lambda w, x: (w * x).sin() / x, 1.0, 2.0).to_sympy()
        >>> form.symbols, form.value, form.gradient[0]
        ((w, x), sin(w*x)/x, cos(w*x))
        """
        return sympy_form(self._listing("to_sympy"), self._names_of_numbers())

    def to_jax(self) -> Callable[..., Any]:
        """The program as a function of JAX, to be compiled, mapped, differentiated, and sharded over devices.

        The derivatives that ``jax.grad``, ``jax.jvp`` and their kin find are those of the table. A short program is
        unrolled; a longer one is a table that a loop reads, for XLA would compile it for minutes. Numbers have the type
        that JAX is set to: write ``jax.config.update("jax_enable_x64", True)`` for 64 bits.

        Returns
        -------
        callable
            It takes the arguments of the program, as numbers or arrays, and gives the result as arrays.

        Raises
        ------
        InputValueError
            If JAX is not installed, or the program took a branch.

        Examples
        --------
        ::

            f = record(lambda w, x: (w * x).tanh(), 1.0, 2.0).to_jax()
            value, slope = jax.jit(jax.value_and_grad(f))(0.5, 2.0)  # 0.7616, 0.8399
        """
        return jax_form(self._listing("to_jax"), self.signature)

    def to_onnx(self, path: str | os.PathLike[str]) -> None:
        """Write the program as a model of ONNX, for runtimes of such models.

        It has an input for each array, list or number of the arguments, called as the argument is, and the output
        ``value`` (``value_0``, ... if the result is nested); if the result is one number, also an output
        ``gradient_NAME`` for each input. Numbers have 64 bits. What the ONNX runtime does not compute in 64 bits, such
        as ``erf``, is made of what it does. The same program gives the same bytes.

        Parameters
        ----------
        path
            A file that ends in ``.onnx``.

        Raises
        ------
        InputTypeError, InputValueError
            If the path is none or ends otherwise, ONNX is not installed, the program took a branch, or too many of its
            instructions wait for each other.

        Examples
        --------
        ::

            record(lambda w, x: (w * x).tanh(), 1.0, 2.0).to_onnx("neuron.onnx")
            session = onnxruntime.InferenceSession("neuron.onnx")
            value, by_w, by_x = session.run(None, {"w": np.array(0.5), "x": np.array(2.0)})
        """
        target = path_with(path, ".onnx", "to_onnx")
        write_atomically(target, onnx_form(self._listing("to_onnx"), self.signature, identifier(target.stem, "f")))

    def _names_of_numbers(self) -> list[str]:
        """How each number of the arguments is called."""
        return [self.signature.name_of_input(place) for place in range(self.tape.inputs)]

    def _listing(self, what: str) -> Listing:
        """The program as a list of instructions; refused where it took a branch."""
        tape, signature = self.tape, self.signature
        refuse_branches(tape.guards, what)
        arguments, first = [], 0
        for name, structure in zip(signature.names, signature.arguments, strict=True):
            size = size_of(structure)
            shape = structure.shape if isinstance(structure, Leaf) else (size,)
            is_number = isinstance(structure, Leaf) and structure.kind == "number"
            arguments.append(Argument(name, first, size, None if is_number else shape))
            first += size
        return make_listing(
            arguments,
            tape.constants.tolist(),
            tape.opcodes.tolist(),
            tape.arguments.tolist(),
            tape.outputs.tolist(),
            signature.result == Leaf("number", ()),
        )


def refuse_branches(guards: Iterable[Any], what: str) -> None:
    """Raise for a branch that was taken, which no other engine would see; warn of kinks, which it would pass over."""
    kinks = False
    for guard in guards:
        if guard.source.startswith(OUT_OF_RANGE):
            raise InputValueError(
                f"{what}: the program holds {guard.source}, and nothing refuses one out of range there; choose "
                "with where(equal(i, 0), rows[0], ...) and record again"
            )
        if guard.source not in (AT_A_KINK, AT_ITS_OWN_KINK):
            raise InputValueError(
                f"{what}: the program took a branch ({guard.comparison} was {guard.truth}; {guard.source}), and "
                "nothing can record another there; choose with where(condition, a, b) and record again"
            )
        kinks = True
    if kinks:
        warn_at_users_line(
            f"{what}: the program holds derivatives of a function with kinks; where it stands at one, what is "
            "written gives what the chain rule makes of the table's values",
            KinkWarning,
        )


def path_with(path: str | os.PathLike[str], suffix: str, what: str, *others: str) -> Path:
    """A path with an ending, or an error."""
    try:
        found = Path(os.fsdecode(path))
    except TypeError:
        raise InputTypeError(f"{what}: {shortened(path)} is not a path; write {what}('model{suffix}')") from None
    if found.suffix not in (suffix, *others):
        ending = " or ".join((suffix, *others))
        raise InputValueError(f"{what}: {shortened(str(found))} does not end in {ending}; write 'model{suffix}'")
    return found


def _refuse_long(listing: Listing, longest: int, what: str, instead: str) -> None:
    if len(listing.instructions) > longest:
        raise InputValueError(
            f"{what}: the program has {len(listing.instructions):,} instructions, and more than {longest:,} are not "
            f"unrolled there; write {instead}"
        )
