"""The Python that builds the graph of a typed expression: what a person copies out of the lab."""

from __future__ import annotations

import builtins
import math

from autograd_core.formulas.formula import Apply, Expression, Number, Variable, substitute
from autograd_core.formulas.printing import number_text, to_text

from .expression import TypedExpression

__all__ = ["python_of"]


def python_of(typed: TypedExpression) -> str:
    """A program that builds the graph of an expression, and prints its data and gradients.

    Parameters
    ----------
    typed
        The expression, with a number for each name.

    Examples
    --------
    >>> from viz.page.expression import read_expression
    >>> print(python_of(read_expression("tanh(w*x)", ["w=2", "x=0.5"])))
    from autograd_core import Value, tanh
    <BLANKLINE>
    w = Value(2, "w")
    x = Value(0.5, "x")
    <BLANKLINE>
    result = tanh(w * x)
    <BLANKLINE>
    result.backward()
    print("result", result.data)
    for leaf in [w, x]:
        print(leaf.label, leaf.data, leaf.grad)
    <BLANKLINE>
    """
    formulas = [*(formula for _, formula in typed.parts), typed.formula]
    imports = {"Value"}
    for formula in formulas:
        _in_python(formula, imports)
    taken = {*dir(builtins), *imports, "leaf"}
    called = {name: _free(name, taken) for name in [*typed.names, *(name for name, _ in typed.parts)]}
    targets = [*(called[name] for name, _ in typed.parts), _free(typed.label or "result", taken)]
    renamed: dict[str, Expression] = {name: Variable(each) for name, each in called.items()}
    lines = [f"from autograd_core import {', '.join(sorted(imports, key=lambda name: (name.islower(), name)))}", ""]
    lines += [f'{called[name]} = Value({_number(typed.numbers[name])}, "{name}")' for name in typed.names]
    lines.append("")
    for target, formula, label in zip(
        targets, formulas, [*(name for name, _ in typed.parts), typed.label], strict=True
    ):
        lines.append(f"{target} = {to_text(_in_python(substitute(formula, renamed), imports))}")
        if label is not None and not isinstance(formula, Variable):  # which has one
            lines.append(f'{target}.label = "{label}"')
    leaves = ", ".join(called[name] for name in typed.names)
    lines += [
        "",
        *([f"{target}.backward()"] if typed.graph().differentiable else []),
        f'print("{target}", {target}.data)',
    ]
    lines += [f"for leaf in [{leaves}]:", "    print(leaf.label, leaf.data, leaf.grad)", ""]
    return "\n".join(lines)


def _free(name: str, taken: set[str]) -> str:
    """A name that is not taken yet, and is from now on."""
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _number(value: float) -> str:
    return "-0.0" if value == 0.0 and math.copysign(1.0, value) < 0 else number_text(value)  # as integers -0 is 0


def _in_python(formula: Expression, imports: set[str]) -> Expression:
    """A formula of which Python makes the nodes that it makes itself; `imports` are added to."""
    if isinstance(formula, Number) and _number(formula.value) == "-0.0":
        return Variable("(-0.0)")
    if not isinstance(formula, Apply):
        return formula
    first, *others = formula.arguments
    # Python computes with numbers alone by itself, and turns a comparison round where a number stands on its left.
    turned = formula.function in _COMPARISONS and isinstance(first, Number)
    if isinstance(first, Number) and (turned or all(isinstance(each, Number) for each in others)):
        imports.add("constant")
        first = Variable(f"constant({_number(first.value)})")
    arguments = tuple(_in_python(each, imports) for each in (first, *others))
    if formula.function in ("add", "sub", "mul", "div", "pow", "neg", "pos", "abs", *_COMPARISONS):
        return Apply(formula.function, arguments)
    printed = ", ".join(to_text(each) for each in arguments)
    if formula.function == "stop_gradient":  # whose namesake leaves no node
        imports.add("apply")
        return Variable(f'apply("stop_gradient", {printed})')
    imports.add(formula.function)
    return Variable(f"{formula.function}({printed})")


_COMPARISONS = ("less", "less_equal", "greater", "greater_equal")  # == and != compare identity
