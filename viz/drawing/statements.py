"""Statements of the DOT language as lines of text. All values are quoted, so none of them means anything of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

__all__ = ["digraph", "edge", "node", "subgraph"]

_Attributes = Mapping[str, str]


def digraph(defaults: Mapping[str, _Attributes], statements: Iterable[str]) -> str:
    r"""A whole graph: attributes for all that is a graph, a node or an edge, and what is in it.

    >>> digraph({"node": {"shape": "box"}}, [node("a", {"label": 'say "a"'})])
    'digraph {\n\tnode [shape="box"]\n\ta [label="say \\"a\\""]\n}\n'
    """
    lines = [f"{kind}{_listed(attributes)}" for kind, attributes in defaults.items()]
    return "\n".join(["digraph {", *(f"\t{line}" for line in (*lines, *statements)), "}", ""])


def subgraph(name: str, attributes: _Attributes, statements: Iterable[str]) -> list[str]:
    """A part of a graph with attributes of its own."""
    inside = [f"{key}={_quoted(attributes[key])}" for key in sorted(attributes)] + list(statements)
    return [f"subgraph {name} {{", *(f"\t{line}" for line in inside), "}"]


def node(name: str, attributes: _Attributes) -> str:
    """A node."""
    return name + _listed(attributes)


def edge(parent: str, child: str, attributes: _Attributes) -> str:
    """An edge."""
    return f"{parent} -> {child}{_listed(attributes)}"


def _listed(attributes: _Attributes) -> str:
    keys = sorted(attributes, key=lambda key: (key != "label", key))
    return f" [{' '.join(f'{key}={_quoted(attributes[key])}' for key in keys)}]"


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '\\"') + '"'
