"""The program ``dot`` of a Graphviz that is installed on the machine: is it there, run it, or say how to get it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

from autograd_core.errors import RenderError

__all__ = ["how_to_install", "installed", "run"]

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


def run(dot: str, form: str, *, dpi: int = 96) -> bytes:
    """Lay out a graph and draw it.

    Parameters
    ----------
    dot
        A graph in the DOT language, without a NUL character.
    form
        ``"svg"``, ``"png"`` or ``"pdf"``.
    dpi
        Of a PNG file, pixels an inch; letters of 12 points have 16 pixels at 96.

    Returns
    -------
    bytes
        The picture. Its fonts, and so its measures, are those of the machine.

    Raises
    ------
    RenderError
        If ``dot`` is not there, the text is not DOT, or the graph too deep or too large.
    """
    program = shutil.which("dot")
    if program is None:
        raise RenderError(
            f"the program dot of Graphviz is not on the PATH; run: {how_to_install()}, or leave out engine='dot'"
        )
    command = [program, f"-T{form}", *([f"-Gdpi={dpi}"] if form == "png" else [])]
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
