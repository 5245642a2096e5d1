"""``slides``: the steps of a backward pass for a talk, as an HTML slide show, an animation, or a picture each."""

from __future__ import annotations

import html
import io
import os
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from autograd_core import Step, Tensor, Value, backward_steps, topological_order
from autograd_core.errors import InputTypeError, InputValueError, RenderError
from autograd_core.program.files import write_atomically

from ..drawing.draw import draw
from ..drawing.drawing import Drawing
from ..drawing.moment import at_step
from ..graphs.numbers_text import number_text
from ..graphs.options import require_text
from .document import as_script, fill
from .lesson import lesson_of, scalar_graph
from .page import Page
from .words import words_of

__all__ = ["Slides", "slides"]

_MOST_STEPS = 100
_SECONDS = 1.2  # for which a step of the animation is seen
_SUFFIXES = (".html", ".gif", ".svg")


@dataclass(frozen=True, eq=False)
class Slides:
    """The steps of a backward pass, a picture each, in which every node keeps its place.

    Attributes
    ----------
    frames
        The graph before the first step, after it, after the second, ...
    captions
        For each frame what was passed on in its step, a line for each argument.
    page
        The slide show.
    """

    frames: tuple[Drawing, ...]
    captions: tuple[tuple[str, ...], ...]
    page: Page = field(repr=False)

    def __len__(self) -> int:
        return len(self.frames)

    def __repr__(self) -> str:
        return f"<Slides: {len(self) - 1} steps of {self.frames[0].summary}>"

    def _repr_html_(self) -> str:
        return self.page._repr_html_()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write them to a file, or to a file each.

        Parameters
        ----------
        path
            ``"talk.html"``, a slide show; ``"talk.gif"``, an animation; or ``"talk.svg"``, which writes
            ``talk-00.svg``, ``talk-01.svg``, ...

        Raises
        ------
        InputTypeError, InputValueError
            If `path` is not a path, ends otherwise, or lies in a folder that does not exist.
        RenderError
            If an animation is asked for, and what makes it is not installed.
        """
        try:
            whole = Path(path)
        except TypeError:
            raise InputTypeError(f"save: {path!r} is not a path; write save('talk.html')") from None
        suffix = whole.suffix.lower()
        if suffix not in _SUFFIXES:
            raise InputValueError(
                f"save: {os.fspath(path)!r} does not end in .html, .gif or .svg; write save('talk.html')"
            )
        if suffix == ".html":
            self.page.save(whole)
        elif suffix == ".gif":
            write_atomically(whole, self._animation())
        else:
            for place, frame in enumerate(self.frames):
                frame.save(whole.with_name(f"{whole.stem}-{place:02d}{whole.suffix}"))

    def _animation(self) -> bytes:
        try:
            from PIL import Image
        except ImportError:
            raise RenderError(
                "save: an animation needs Pillow; run: pip install 'autograd-core[png]', or write save('talk.html')"
            ) from None
        pictures = []
        with TemporaryDirectory() as folder:
            for place, frame in enumerate(self.frames):
                file = Path(folder, f"{place}.png")
                frame.save(file)
                with Image.open(file) as picture:
                    pictures.append(picture.convert("RGB").quantize(64))
        held = io.BytesIO()
        milliseconds = [round(1000 * _SECONDS)] * len(pictures)
        milliseconds[-1] *= 3
        pictures[0].save(held, "GIF", save_all=True, append_images=pictures[1:], duration=milliseconds, loop=0)
        return held.getvalue()


def slides(root: Value | Tensor, *, title: str | None = None, lang: str | None = None) -> Slides:
    """The backward pass of a graph for a talk: a picture for each step, in which nothing moves.

    The graph is left as it is.

    Parameters
    ----------
    root
        The result: a Value, or a Tensor of one number, of which the elements are shown; at most 100 nodes pass on a
        gradient.
    title
        A title above each slide.
    lang
        ``"en"`` or ``"zh"``, for the names of the buttons; without it the browser says.

    Returns
    -------
    Slides
        ``.save("talk.html")`` writes a slide show, ``.save("talk.gif")`` an animation, ``.save("talk.svg")`` a picture
        for each step; a notebook shows the slide show.

    Raises
    ------
    InputTypeError, InputValueError
        If `root` is neither or has more steps, or there is no such language.

    Examples
    --------
    >>> w, x = Value(2.0, "w"), Value(3.0, "x")
    >>> show = slides(w * x + w)
    >>> show
    <Slides: 4 steps of 4 nodes, 4 edges>
    >>> show.captions[2]
    ('∂z₂/∂z₁ = 1', 'w: 1 × 3 = 3, 1 + 3 = 4', 'x: 1 × 2 = 2')
    """
    require_text(title, "title")
    words = {each: {key: known[key] for key in ("back", "on")} for each, known in words_of(lang).items()}
    twin, _ = at_step(scalar_graph(root, "slides"), 0)
    order = topological_order(twin)
    count = sum(node.differentiable for node in order)
    if count > _MOST_STEPS:
        raise InputValueError(
            f"slides: the backward pass has {count} steps, and a talk at most {_MOST_STEPS}; give a part of the graph"
        )
    names = {node: each.name for node, each in zip(order, lesson_of(order, {}).nodes, strict=True)}
    captions: list[tuple[str, ...]] = [()]
    frames = [draw(twin, step=0, max_nodes=len(order))]
    for step in backward_steps(twin):
        captions.append(tuple(_caption(step, names, names[order[-1]])))
        frames.append(draw(step, max_nodes=len(order)))
    shown = "\n".join(
        f"<section>{frame.element}<ul>{''.join(f'<li>{html.escape(line)}</li>' for line in lines)}</ul></section>"
        for frame, lines in zip(frames, captions, strict=True)
    )
    document = fill(
        "slides.html",
        lang=lang or "en",
        title=html.escape(title or frames[0].summary),
        frames=shown,
        words=as_script(words),
    )
    return Slides(tuple(frames), tuple(captions), Page(document, f"slides of {frames[0].summary}"))


def _caption(step: Step, names: dict[Value, str], root: str) -> list[str]:
    lines = [f"∂{root}/∂{names[step.node]} = {number_text(step.gradient)}"]
    for edge in step.edges:
        if edge.local_derivative is None or edge.contribution is None or edge.after is None:
            continue  # a constant
        line = f"{names[edge.parent]}: " + _equation(step.gradient, "×", edge.local_derivative, edge.contribution)
        if edge.before is not None:
            line += ", " + _equation(edge.before, "+", edge.contribution, edge.after)
        lines.append(line)
    return lines


def _equation(one: float, sign: str, other: float, result: float) -> str:
    """What is computed, with as many digits as make it true of the numbers that are shown."""
    for digits in range(4, 12):
        texts = [number_text(each, digits) for each in (one, other)]
        shown = [float(text) for text in texts]
        if number_text(shown[0] * shown[1] if sign == "×" else shown[0] + shown[1]) == number_text(result):
            return f"{texts[0]} {sign} {texts[1]} = {number_text(result)}"
    return f"{number_text(one)} {sign} {number_text(other)} ≈ {number_text(result)}"
