"""Names and comments in generated source: whatever the user called something, the source can be compiled."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence

__all__ = ["comment", "identifier", "identifiers"]


def identifier(text: str, otherwise: str = "x") -> str:
    """A name that C and JavaScript allow, as near as possible to a text.

    >>> identifier("w₁"), identifier("2nd layer"), identifier("σ")
    ('w1', 'x2nd_layer', 'x')
    """
    plain = unicodedata.normalize("NFKC", text).encode("ascii", "replace").decode()
    name = re.sub(r"\W+", "_", plain).strip("_")
    return name if name and not name[0].isdigit() else otherwise + name


def identifiers(
    texts: Iterable[str], taken: Collection[str], forms: Sequence[str] = ("{}",), local: str = r"(?!)"
) -> list[str]:
    r"""A name for each text: of all names that are made of it, none occurs twice.

    Parameters
    ----------
    texts
        What the user calls them.
    taken
        Names that are used already, and words of the language.
    forms
        What is made of a name, as ``"grad_{}"``.
    local
        A pattern of names that the source uses otherwise.

    Examples
    --------
    >>> identifiers(["w", "w", "int", "v3"], {"int"}, local=r"v\d+")
    ['w', 'w_2', 'int_2', 'v3_2']
    """
    used = set(taken)
    names = []
    for text in texts:
        base = name = identifier(text)
        count = 1
        while any(form.format(name) in used or re.fullmatch(local, form.format(name)) for form in forms):
            count += 1
            name = f"{base}_{count}"
        used |= {form.format(name) for form in forms}
        names.append(name)
    return names


def comment(text: str) -> str:
    """A text that neither ends a comment nor hides what follows it.

    >>> comment("a */ b")
    'a * / b'
    """
    shown = "".join(each if each.isprintable() else "?" for each in text)
    return shown.replace("*/", "* /").replace("/*", "/ *").replace("\\", "/")
