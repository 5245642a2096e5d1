"""A graph of ONNX while it is written: operators on named arrays, and the formulas of the table made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import InputValueError
from ..formulas.formula import Expression, evaluate
from ..formulas.primitives import Primitive, definitions
from .onnx_formulas import formulas_for_onnx

__all__ = ["OnnxWriter"]

#: The version of the set of operators, and of the format.
_OPERATORS, _FORMAT = 18, 10
_COMPARISONS = {
    "less": "Less",
    "less_equal": "LessOrEqual",
    "greater": "Greater",
    "greater_equal": "GreaterOrEqual",
    "equal": "Equal",
}
_OF_ONE = {
    **{"neg": "Neg", "abs": "Abs", "exp": "Exp", "log": "Log", "sqrt": "Sqrt", "sin": "Sin", "cos": "Cos"},
    **{"tanh": "Tanh", "floor": "Floor", "ceil": "Ceil", "rint": "Round"},
}
_OF_TWO = {"add": "Add", "sub": "Sub", "mul": "Mul", "div": "Div", "pow": "Pow"}


class OnnxWriter:
    """Writes a graph. What is computed twice of the same things is there once.

    Parameters
    ----------
    name
        Of the graph.
    """

    def __init__(self, name: str) -> None:
        try:
            import onnx
        except ImportError:
            raise InputValueError("to_onnx: needs ONNX; run: pip install 'autograd-core[onnx]'") from None
        self._onnx = onnx
        self._name = name
        self._nodes: list[Any] = []
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []
        self._constants: dict[Any, str] = {}
        self._arrays: list[Any] = []
        self._known: dict[Any, str] = {}
        self._conditions: dict[str, str] = {}  # what a number of a comparison was made of
        self._dtype: Any = np.dtype(float)

    # --- arrays -------------------------------------------------------------------------------------------------------

    def input(self, name: str, shape: Sequence[int], dtype: Any) -> str:
        """An array that the model is given."""
        self._inputs.append(self._onnx.helper.make_tensor_value_info(name, self._type(dtype), shape))
        return name

    def output(self, name: str, found: str, shape: Sequence[int], dtype: Any) -> None:
        """An array that the model gives."""
        self._nodes.append(self._onnx.helper.make_node("Identity", [found], [name]))
        self._outputs.append(self._onnx.helper.make_tensor_value_info(name, self._type(dtype), shape))

    def constant(self, array: Any) -> str:
        """An array that never changes."""
        array = np.array(array, order="C")
        key = array.dtype.str, array.shape, array.tobytes()
        if key not in self._constants:
            name = self._constants[key] = f"c{len(self._constants)}"
            self._arrays.append(self._onnx.numpy_helper.from_array(array, name))
        return self._constants[key]

    def whole(self, *numbers: int) -> str:
        """Integers, as operators take them for axes, shapes and places."""
        return self.constant(np.array(numbers, np.int64))

    # --- operators ----------------------------------------------------------------------------------------------------

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """The result of an operator."""
        key = kind, inputs, tuple(sorted(attributes.items()))
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = f"v{len(self._nodes)}"
            self._nodes.append(self._onnx.helper.make_node(kind, inputs, [found], **attributes))
        return found

    def cast(self, x: str, dtype: Any) -> str:
        """The same numbers in another type."""
        return self.op("Cast", x, to=self._type(dtype))

    def reshape(self, x: str, shape: Sequence[int]) -> str:
        """The same numbers in another shape."""
        return self.op("Reshape", x, self.whole(*shape), allowzero=1)

    def _type(self, dtype: Any) -> int:
        found: int = self._onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        return found

    # --- formulas of the table ----------------------------------------------------------------------------------------

    def value(self, rule: Primitive, arguments: Sequence[Any], dtype: Any = float) -> str:
        """A primitive, element by element."""
        return self._evaluated(dtype, lambda: self.apply(rule.name, arguments))

    def contribution(self, rule: Primitive, position: int, upstream: str, arguments: Sequence[str], result: str) -> Any:
        """Upstream times the derivative by one argument, where a factor that is exactly 0 wins; None for 0."""
        bindings: dict[str, Any] = dict(zip(rule.arguments, arguments, strict=True), z=result)
        local = evaluate(rule.partials[position], bindings, self.apply)
        if isinstance(local, float) and local in (0.0, 1.0):
            return upstream if local else None
        return self.apply("contribution", [upstream, local])

    def formula(self, formula: Expression, bindings: dict[str, str], dtype: Any) -> str:
        """A formula of arrays."""
        return self._evaluated(dtype, lambda: evaluate(formula, bindings, self.apply))

    def _evaluated(self, dtype: Any, compute: Any) -> str:
        before, self._dtype = self._dtype, np.dtype(dtype)
        try:
            return self._as_name(compute())
        finally:
            self._dtype = before

    def apply(self, name: str, arguments: Sequence[Any]) -> str:
        """A function of a formula, of arrays and numbers."""
        if name == "where":
            condition, yes, no = arguments
            return self.op("Where", self._condition(condition), self._as_name(yes), self._as_name(no))
        given = [self._as_name(each) for each in arguments]
        if name in _COMPARISONS or name == "not_equal":
            truth = (
                self.op("Not", self.op("Equal", *given)) if name == "not_equal" else self.op(_COMPARISONS[name], *given)
            )
            number = self.cast(truth, self._dtype)
            self._conditions[number] = truth
            return number
        if name == "pos":
            return given[0]
        if name == "pow" and arguments[1] == 2.0:
            return self.op("Mul", given[0], given[0])
        if name in _OF_ONE or name in _OF_TWO:
            return self.op(_OF_ONE.get(name) or _OF_TWO[name], *given)
        if name == "truncated":
            return self.op("Mod", *given, fmod=1)
        names, formula = formulas_for_onnx().get(name) or definitions()[name]
        bindings: dict[str, Any] = dict(zip(names, given, strict=True))
        return self._as_name(evaluate(formula, bindings, self.apply))

    def _as_name(self, each: Any) -> str:
        return each if isinstance(each, str) else self.constant(np.asarray(each, self._dtype))

    def _condition(self, number: Any) -> str:
        """What a number says where a truth value is wanted."""
        known = self._conditions.get(number) if isinstance(number, str) else None
        return known or self.op("Not", self.op("Equal", self._as_name(number), self._as_name(0.0)))

    # --- the model ----------------------------------------------------------------------------------------------------

    def data(self) -> bytes:
        """The model as the bytes of a file; the same graph gives the same bytes."""
        helper = self._onnx.helper
        graph = helper.make_graph(self._nodes, self._name, self._inputs, self._outputs, self._arrays)
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", _OPERATORS)],
            ir_version=_FORMAT,
            producer_name="autograd_core",
        )
        found: bytes = model.SerializeToString(deterministic=True)
        return found
