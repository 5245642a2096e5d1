"""The page that shows the whole gallery, every picture with its caption and its code, and the command that writes it.

``python -m viz.app.gallery FOLDER`` writes the page and all its pictures.
"""

from __future__ import annotations

import html
import string
import sys
from importlib import resources
from pathlib import Path

from autograd_core import AutogradError
from autograd_core.program.files import write_atomically

from ..output.dark import darkened
from .example_code import example_code
from .graph_exhibits import GRAPHS, Exhibit, lesson
from .plot_exhibits import PICTURES, training_page

__all__ = ["DARK", "PICTURES", "gallery_html", "gallery_page", "write_gallery"]

#: Graphs that are also drawn for a dark page, such as that of the README.
DARK = ("one-neuron", "a-step")


def gallery_page() -> str:
    """The page that shows every picture with its caption and its code, in Markdown."""
    lines = [
        "# Gallery",
        "",
        "Drawn by `make gallery`, each picture by the code below it. `gallery.html` shows both side by side. Two pages",
        "are alive: [a neuron, step by step](lesson.html), and [a training, moment by moment](replay.html).",
    ]
    for title, suffix, exhibits in _parts():
        lines += ["", f"## {title}"]
        for name, exhibit in exhibits.items():
            heading = _heading(name)
            lines += ["", f"### {heading}", "", f"![{heading}](gallery/{name}.{suffix})", "", exhibit.caption, ""]
            lines += ["```python", example_code(exhibit.draw).rstrip(), "```"]
    return "\n".join(lines) + "\n"


def gallery_html() -> str:
    """The same as a page of HTML, each picture beside its code, which a click copies."""
    sections = []
    for title, suffix, exhibits in _parts():
        sections.append(f"<h2>{title}</h2>")
        for name, exhibit in exhibits.items():
            heading, code = _heading(name), html.escape(example_code(exhibit.draw))
            sections.append(
                f'<section id="{name}">\n<h3>{heading}</h3>\n<div><div class="picture">'
                f'<img src="gallery/{name}.{suffix}" alt="{heading}" loading="lazy"></div>\n'
                f"<p>{html.escape(exhibit.caption)}</p></div>\n"
                f'<div class="code"><button type="button">copy</button><pre><code>{code}</code></pre></div>\n</section>'
            )
    template = string.Template(resources.files("viz.app").joinpath("gallery.html").read_text(encoding="utf-8"))
    return template.substitute(sections="\n".join(sections))


def _parts() -> tuple[tuple[str, str, dict[str, Exhibit]], ...]:
    return ("Graphs", "svg", GRAPHS), ("Functions and training", "png", PICTURES)


def _heading(name: str) -> str:
    return name.replace("-", " ").capitalize()


def write_gallery(folder: Path) -> list[Path]:
    """Write every picture, graphs as SVG and the others as PNG, and the page that shows them.

    Parameters
    ----------
    folder
        Where ``gallery.md``, ``gallery.html`` and the live pages ``lesson.html`` and ``replay.html`` are written, and a
        folder ``gallery`` with the pictures. It is made if it is not there.

    Returns
    -------
    list of Path
        The files.
    """
    pictures = folder / "gallery"
    pictures.mkdir(parents=True, exist_ok=True)
    files = []
    for _, suffix, exhibits in _parts():
        for name, exhibit in exhibits.items():
            files.append(pictures / f"{name}.{suffix}")
            exhibit.draw().save(files[-1])
    for name in DARK:
        files.append(pictures / f"{name}-dark.svg")
        write_atomically(files[-1], darkened(GRAPHS[name].draw().svg).encode("utf-8"))
    for name, page in (("gallery.md", gallery_page()), ("gallery.html", gallery_html())):
        files.append(folder / name)
        write_atomically(files[-1], page.encode("utf-8"))
    for name, made in (("lesson.html", lesson()), ("replay.html", training_page())):
        files.append(folder / name)
        made.save(files[-1])
    return files


def main(arguments: list[str]) -> int:
    """Write the gallery to the folder that is named; the exit status is 2 for what a user got wrong."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print("usage: python -m viz.app.gallery FOLDER", file=sys.stderr)
        return 2
    try:
        for file in write_gallery(Path(arguments[0])):
            print(f"wrote {file}")
    except (AutogradError, OSError) as error:
        print(f"viz.app.gallery: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
