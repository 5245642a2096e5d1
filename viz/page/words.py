"""The sentences of a page in the languages there are, from ``words.json``, where a teacher can change them."""

from __future__ import annotations

import json

from ..graphs.options import require_one_of
from .document import beside

__all__ = ["LANGUAGES", "words_of"]

LANGUAGES = ("en", "zh")


def words_of(lang: str | None, name: str = "words.json") -> dict[str, dict[str, str]]:
    """The sentences in one language, or in all, of which the page chooses by the reader's browser.

    Raises
    ------
    InputValueError
        If there is no such language.

    Examples
    --------
    >>> list(words_of("zh")), list(words_of(None))
    (['zh'], ['en', 'zh'])
    """
    if lang is not None:
        require_one_of("lang", lang, LANGUAGES)
    known: dict[str, dict[str, str]] = json.loads(beside(name))
    return {language: known[language] for language in LANGUAGES if lang in (None, language)}
