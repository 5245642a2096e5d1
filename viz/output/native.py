"""The program ``dot`` of a Graphviz that is installed on the machine: is it there, run it, or say how to get it.

Pictures do not need it: it is another way to draw them, and one to PNG and PDF.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

from autograd_core.errors import InputValueError, RenderError, shortened
from autograd_core.scalar.conversion import is_one_of

__all__ = ["check_engine", "how_to_install", "installed", "run", "svg"]

# One command for each package manager, the first that is there.
_INSTALL = {
    "apt-get": "apt-get install graphviz",
    "dnf": "dnf install graphviz",
    "apk": "apk add graphviz",
    "pacman": "pacman -S graphviz",
    "zypper": "zypper install graphviz",
    "brew": "brew install graphviz",
    "winget": "winget install graphviz",
    "conda": "conda install graphviz",
}
_FOR_THE_ADMINISTRATOR = ("apt-get", "dnf", "apk", "pacman", "zypper")
_PROLOG = '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
_DPI = 144  # of a PNG file, as many as resvg gives: two pixels for each point, which is a pixel of the SVG


def check_engine(engine: object) -> None:
    """Raise InputValueError if there is no such engine."""
    if not is_one_of(engine, (None, "dot")):
        raise InputValueError(
            f"engine: there is no {shortened(engine)}; write engine='dot' for the Graphviz that is installed on this "
            "machine, or leave it out"
        )


def installed() -> bool:
    """Whether ``dot`` is on the PATH."""
    return shutil.which("dot") is not None


def how_to_install() -> str:
    """The command that installs Graphviz on this machine."""
    for manager, command in _INSTALL.items():
        if shutil.which(manager):
            by_another = manager in _FOR_THE_ADMINISTRATOR and hasattr(os, "geteuid") and os.geteuid() != 0
            return f"sudo {command}" if by_another else command
    # With an empty PATH none of them is found, though one will be there.
    return _INSTALL["brew" if sys.platform == "darwin" else "winget" if sys.platform == "win32" else "apt-get"]


def svg(dot: str) -> str:
    """Draw a graph in the DOT language as an SVG document that refers to nothing outside of itself; see :func:`run`."""
    drawn = run(dot, "svg").decode("utf-8")
    # What comes before the drawing names the version of Graphviz and the address of a DTD.
    drawn = drawn[drawn.index("<svg") :]
    # Sizes in pixels rather than points: a font size of 12 is 12 pixels then, like the text around the picture.
    return _PROLOG + re.sub(r'(width|height)="([\d.]+)pt"', r'\1="\2px"', drawn, count=2)


def run(dot: str, form: str) -> bytes:
    """Draw a graph.

    Parameters
    ----------
    dot
        A graph in the DOT language.
    form
        ``"svg"``, ``"png"`` or ``"pdf"``.

    Returns
    -------
    bytes
        The picture. Its fonts, and so its measures, are those of the machine.

    Raises
    ------
    RenderError
        If ``dot`` is not there, the text is not DOT, or the graph too deep or too large.
    """
    if "\0" in dot:  # Graphviz would stop reading there
        raise RenderError("the DOT text has a NUL character; leave it out")
    program = shutil.which("dot")
    if program is None:
        raise RenderError(
            f"the program dot of Graphviz is not on the PATH; run: {how_to_install()}, or leave out engine='dot'"
        )
    command = [program, f"-T{form}", *([f"-Gdpi={_DPI}"] if form == "png" else [])]
    try:
        result = subprocess.run(command, input=dot.encode("utf-8"), capture_output=True, check=False)
    except UnicodeEncodeError as error:
        raise RenderError(f"the DOT text has a character that no file can hold ({error}); leave it out") from error
    except OSError as error:
        raise RenderError(f"{program} cannot be run ({error.strerror}); run: {how_to_install()}") from error
    said = " ".join(result.stderr.decode("utf-8", "replace").split())
    if result.returncode < 0:  # ended by a signal: its stack or the memory was too small
        raise RenderError(
            f"the drawing is too deep or too large for {program} ({dot.count(chr(10)):,} lines of DOT); "
            "draw fewer nodes, for example draw(z, max_nodes=300)"
        )
    if result.returncode or not result.stdout:
        raise RenderError(f"{program} refused the drawing ({said}); check the DOT text")
    if "graph is too large" in said:  # it would shrink the picture until no letter can be read
        raise RenderError("the drawing is too large for a PNG file; save it as .svg or .pdf, or draw fewer nodes")
    # The hour of writing has no part in a picture. A date of the same length leaves all places in the file as they are.
    return (
        re.sub(rb"(/CreationDate \(D:)\d{14}", rb"\g<1>20000101000000", result.stdout)
        if form == "pdf"
        else result.stdout
    )
