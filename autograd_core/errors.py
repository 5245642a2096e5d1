"""Every exception the project raises on purpose, and every warning. No other module defines one.

A message says three things: what was given (and at which node), why it cannot be, and what to write instead.
Each class also derives from the built-in exception a Python reader would expect, so ``except TypeError`` works.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np

__all__ = [
    "ELSEWHERE",
    "AnomalyError",
    "AutogradError",
    "BranchChanged",
    "DataChangedError",
    "FormulaError",
    "GradientCheckError",
    "IdentityWarning",
    "ImmutableGraphError",
    "InputTypeError",
    "InputValueError",
    "KinkWarning",
    "LeavesGraphError",
    "LinearAlgebraError",
    "ModelFileError",
    "NotReplayedWarning",
    "OutOfRangeError",
    "ProgramFileError",
    "RenderError",
    "SymmetryWarning",
    "UnknownNameError",
    "did_you_mean",
    "not_available",
    "shortened",
]


class AutogradError(Exception):
    """Base class of every error raised by ``autograd_core``, ``nn`` and ``viz``."""


class InputTypeError(AutogradError, TypeError):
    """An argument has a type that cannot stand there."""


class InputValueError(AutogradError, ValueError):
    """An argument has the right type and an impossible value."""


class LinearAlgebraError(InputValueError, np.linalg.LinAlgError):
    """A matrix is singular, or not one that a factor or an inverse is computed of."""


class OutOfRangeError(InputValueError, IndexError):
    """There is no such index, or no such axis."""


class UnknownNameError(AutogradError, AttributeError):
    """There is no attribute of that name.

    Its text is made when it is read: NumPy, notebooks and others ask an object for many attributes it has not.

    Parameters
    ----------
    owner
        What was asked, in words.
    name
        The name that was asked for.
    known
        The names there are, or a class that has them.
    otherwise
        What to say where no known name is similar.
    """

    def __init__(self, owner: str, name: str, known: Sequence[str] | type, otherwise: str) -> None:
        super().__init__(owner, name, known, otherwise)
        self.name = name

    def __str__(self) -> str:
        owner, name, known, otherwise = self.args
        if isinstance(known, type):
            known = [each for each in dir(known) if hasattr(known, each)]  # some are there to say that they are not
        names = [each for each in known if each[:1] != "_" and each != name]
        return f"{owner} has no attribute {name!r}; {did_you_mean(name, names) or otherwise}"


#: What other libraries call it.
ELSEWHERE = {
    **{"acos": "arccos", "asin": "arcsin", "atan": "arctan", "atan2": "arctan2", "fabs": "abs", "ln": "log"},
    **{"pow": "power", "logistic": "sigmoid", "logit": "log", "nabla": "grad", "gradient": "grad", "numpy": "data"},
    **{"detach": "data", "value": "data", "requires_grad": "differentiable", "children": "parents", "name": "label"},
    **{"mse": "mean_squared_error", "mse_loss": "mean_squared_error", "bce": "binary_cross_entropy_with_logits"},
    **{"xavier_uniform": "glorot_uniform", "kaiming_normal": "he_normal", "none": "linear", "identity": "linear"},
}


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """A question after similar names; empty if there are none.

    >>> did_you_mean("tanhh", ["sin", "tanh"]), did_you_mean("asin", ["arcsin"]), did_you_mean("q", ["sin"])
    ('did you mean tanh?', 'did you mean arcsin?', '')
    """
    if not isinstance(name, str):
        return ""
    known = list(known)
    meant = ELSEWHERE.get(name.lower())
    by_lower = {each.lower(): each for each in known}
    near = [meant] if meant in known else [by_lower[each] for each in difflib.get_close_matches(name.lower(), by_lower)]
    return f"did you mean {' or '.join(near)}?" if near else ""


def not_available(function: str, kind: str, known: Iterable[str], data: str) -> str:
    """What to say of a function of NumPy or SciPy that nodes lack: similar names, and the page that tells the rest.

    >>> not_available("np.logadexp", "a Value", ["exp", "logaddexp"], "v.data")
    'np.logadexp: not available for a Value; did you mean logaddexp? docs/numpy.md says what to write instead, and \
v.data leaves the graph'
    """
    meant = did_you_mean(function.rpartition(".")[2], known)
    return (
        f"{function}: not available for {kind}; {meant}{' ' if meant else ''}docs/numpy.md says what to write instead, "
        f"and {data} leaves the graph"
    )


def shortened(data: Any) -> str:
    """How a message shows what was given: in one line, and cut where it is long.

    >>> shortened(list(range(100)))
    '[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, …'
    """
    try:
        text = " ".join(repr(data).split())
    except ValueError:  # an integer with more digits than Python prints
        return "with so many digits"
    if " at 0x" in text:  # an address says nothing
        text = f"an object of the class {type(data).__name__}"
    if len(text) <= 60:
        return text
    start, _, rest = text[:58].rpartition(" ")  # not in the middle of a word
    return f"{start if len(start) > 30 else start + _ + rest} …"


class FormulaError(InputValueError):
    """A text is not a formula: a syntax error, an unknown name, or a construct that formulas do not have.

    Attributes
    ----------
    place
        Where in the text: the index of the first character that is wrong, and that of the one behind the last. None if
        it is wrong as a whole.
    """

    place: tuple[int, int] | None = None

    def at(self, start: int, end: int) -> Self:
        """The same error, with its place."""
        self.place = (start, end)
        return self


class LeavesGraphError(InputTypeError):
    """A node was about to be turned into a plain number behind the graph's back, as in ``float(v)``."""


class ImmutableGraphError(AutogradError, AttributeError):
    """A recorded node was about to be changed. Only the data of a leaf can be set."""


class DataChangedError(AutogradError, RuntimeError):
    """An array was changed in place after a node had recorded it, so that gradients computed from it would be wrong."""


class BranchChanged(AutogradError, RuntimeError):  # noqa: N818 (it names what happened)
    """A recorded program met numbers for which a Python ``if`` of the recorded function would have gone the other way.

    Attributes
    ----------
    comparison
        The comparison, in the names of the arguments.
    source
        File, line and text of the code that branched.
    example
        Index of the first example that would have gone the other way; None outside of a batch.
    """

    def __init__(self, comparison: str, recorded: bool, source: str, example: int | None) -> None:
        self.comparison = comparison
        self.recorded = recorded
        self.source = source
        self.example = example
        where = "" if example is None else f" for example {example}"
        super().__init__(
            f"{comparison} was {recorded} when the program was recorded and is {not recorded}{where}, so the function "
            f"would have taken another branch ({source}); record it again, or choose with where(condition, a, b)"
        )

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.comparison, self.recorded, self.source, self.example)


class GradientCheckError(AutogradError, AssertionError):
    """A gradient check did not come out well.

    Attributes
    ----------
    report
        The :class:`~autograd_core.GradientReport`, which is also the message.
    """

    def __init__(self, report: object) -> None:
        self.report = report
        super().__init__(f"the gradient check does not confirm every derivative\n{report}")

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.report,)


class AnomalyError(AutogradError, ArithmeticError):
    """A NaN or an infinity came up where ``detect_anomaly`` watches. The message tells what made it and what helps.

    Attributes
    ----------
    node
        The operation's node; None in a replayed program, which has no nodes.
    op, label, scope
        What it is called. A label is usually given after the operation, so that in the forward pass it is None.
    inputs
        The numbers that went in: in the forward pass the operands, in the backward pass the upstream gradient and the
        local derivative.
    place
        File, line and text of the user's code that made the node; None if it was made outside of ``detect_anomaly``.
    phase
        ``"forward"`` or ``"backward"``.
    is_producer
        Whether it made the number out of finite ones, or only passes it on.
    """

    def __init__(
        self,
        message: str,
        node: Any,
        op: str,
        label: str | None,
        scope: str,
        inputs: tuple[float, ...],
        place: str | None,
        phase: str,
        is_producer: bool,
    ) -> None:
        self.node = node
        self.op = op
        self.label = label
        self.scope = scope
        self.inputs = inputs
        self.place = place
        self.phase = phase
        self.is_producer = is_producer
        super().__init__(message)

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        named = (self.node, self.op, self.label, self.scope, self.inputs, self.place, self.phase, self.is_producer)
        return type(self), (str(self), *named)


class ProgramFileError(InputValueError):
    """A file is not a program: damaged, cut short, newer than this version, or something else altogether."""


class ModelFileError(InputValueError):
    """A file is not a network: damaged, cut short, of another version, or something else altogether."""


class RenderError(AutogradError, RuntimeError):
    """A drawing could not be laid out or written."""


class IdentityWarning(UserWarning):
    """A node was compared with numbers, or a Tensor with another, by ``==``, which asks whether they are one node."""


class KinkWarning(UserWarning):
    """A derivative of derivatives at a kink is what the chain rule makes of the table's values, and may be wrong."""


class SymmetryWarning(UserWarning):
    """The neurons of a layer have the same weights at first, and so for ever."""


class NotReplayedWarning(UserWarning):
    """A function that was to be recorded once and replayed is computed node by node instead, which is slower."""
