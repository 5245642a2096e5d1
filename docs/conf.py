"""How Sphinx makes pages of this folder; `make docs` copies it, with the lessons, and builds the copy."""

from __future__ import annotations

import pathlib
import sys
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert

import autograd_core

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))

import from_code  # noqa: E402 (it stands beside this file)

from_code.write_primitives(HERE)
from_code.write_reference(HERE)
from_code.write_lessons(HERE)

project = "Autograd Core"
author = copyright = "The Autograd Core developers"
version = release = autograd_core.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc"]
exclude_patterns = ["gallery/*.md"]
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # the tests run every lesson and compare what is stored in it
autosummary_generate = True
autodoc_typehints = "none"  # the docstrings say it
numpydoc_show_class_members = False
add_module_names = False
html_theme = "pydata_sphinx_theme"
html_title = "Autograd Core"
html_math_renderer = "mathml"
html_static_path = ["static"]
html_css_files = ["pages.css"]
html_extra_path = ["lesson.html", "replay.html", "gallery.html"]
html_theme_options = {
    "show_prev_next": True,
    "navigation_with_keys": False,
    # Beside the code of a lesson there is no place for a second list.
    "secondary_sidebar_items": {"lessons/**": [], "*": ["page-toc"], "[!l]*/**": ["page-toc"]},
}
# Links to source files, which are no pages; and metadata that notebooks of any editor bring along.
suppress_warnings = ["myst.xref_missing", "mystnb.unknown_mime_type"]


def setup(app: Any) -> None:
    """Write mathematics as MathML, which browsers set without a script from elsewhere."""

    def mathml(node: Any, display: str) -> str:
        return convert(node.astext().replace("{aligned}", "{align*}"), display=display)

    def inline(translator: Any, node: Any) -> None:
        translator.body.append(mathml(node, "inline"))
        raise nodes.SkipNode

    def block(translator: Any, node: Any) -> None:
        translator.body.append(f'<div class="equation">{mathml(node, "block")}</div>')
        raise nodes.SkipNode

    app.add_html_math_renderer("mathml", (inline, None), (block, None))
