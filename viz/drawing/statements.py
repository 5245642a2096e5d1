"""Statements of the DOT language as lines of text. All values are quoted, so none of them means anything of its own."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping

import graphviz

from ..graphs.labels import printable
from ..output.text_width import with_room

__all__ = ["digraph", "edge", "field", "node", "quoted", "quoted_tooltip", "subgraph"]

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


# --- texts in which nothing has a meaning of its own ------------------------------------------------------------------


def quoted(*lines: str) -> str:
    r"""Lines of text as a label in which nothing has a meaning of its own.

    >>> print(quoted("<b> & \\N", "next"))
    <b> &amp; \\N\nnext
    """
    return _as_attribute(lines, r"\\")


def quoted_tooltip(*lines: str) -> str:
    r"""Lines of text as a tooltip in which nothing has a meaning of its own.

    >>> print(quoted_tooltip("<b> & \\N", "next"))
    <b> &amp; \\\\N\nnext
    """
    return _as_attribute(lines, r"\\\\")  # Graphviz reads the backslashes of a tooltip twice


@functools.lru_cache(maxsize=4_096)
def field(text: str, slack: float) -> str:
    """Lines of text as a field of a record, with room where Graphviz takes them for narrower than they are."""
    escaped = quoted(*(with_room(line, slack) for line in text.split("\n")))
    for character in "{}|<> ":
        escaped = escaped.replace(character, "\\" + character)
    return escaped


def _as_attribute(lines: Iterable[str], backslash: str) -> str:
    escaped = (printable(line).replace("&", "&amp;").replace("\\", backslash) for line in lines)
    # nohtml: else a text that begins with < and ends with > would be taken for markup.
    attribute: str = graphviz.nohtml(r"\n".join(escaped))
    return attribute
