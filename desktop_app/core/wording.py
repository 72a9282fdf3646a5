"""English sentences in another language: what window and pages say is English up to the last, then looked up here.

A catalogue is a JSON object of English sentences and what they are in the other language, ``translations/de.json``
beside what it is of. ``{}`` stands for what varies, on both sides; ``{1}`` for the second of these, where another order
reads better. Texts of several sentences are looked up one by one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from desktop_app.core.json_text import parsed_json

FOLDER = "translations"

_PLACE = re.compile(r"\{(\d*)\}")
_DECIMAL = re.compile(r"(?<![\w.])(?<!\w/)(?<!arXiv[: ])(?!10\.\d{4,}/)(\d+)\.(\d+)(?![\w]|\.\w)")  # no DOI either
_SENTENCES, _PIECES = re.compile(r"(?<=[.!?])[ \n]+(?=\S)|\n+|;;"), re.compile(" · ")
_WITHIN_A_SENTENCE = r"((?:(?![.!?]\s+[A-Z“])[^\n])+?)"
_WEAK = 4  # letters: so few occur in many a sentence
_DEEPEST = 4  # texts within texts within texts


class Catalogue:
    """Sentences in another language.

    Parameters
    ----------
    entries : mapping
        English sentences, or patterns of such, and the same in the other language.
    decimal : str
        The decimal sign of numbers that stand in them.
    language : str
        Its two letters.

    Examples
    --------
    >>> german = Catalogue({"Saved {} as {}.": "{} wurde als {} gespeichert.", "the map": "die Karte"}, ",")
    >>> german.said("Saved the map as 2.tif.")
    'die Karte wurde als 2.tif gespeichert.'
    """

    def __init__(self, entries: Mapping[str, str], decimal: str = ".", language: str = "") -> None:
        self.language = language
        self._entries: dict[str, str] = {}
        self._lower: dict[str, str] = {}
        self._patterns: list[_Pattern] = []
        self._known: dict[str, str] = {}
        self._decimal = decimal
        self.add(entries)

    def add(self, entries: Mapping[str, str]) -> None:
        """Take in further sentences; those that are known stay as they are."""
        patterns = []
        for english, other in entries.items():
            if english in self._entries:
                continue
            self._entries[english] = other
            if _PLACE.search(english):
                patterns.append(_Pattern(english, other))
            else:
                self._lower.setdefault(english.lower(), other)
        # A new list: a page that is being written on another thread goes through the old one to its end.
        self._patterns = sorted([*self._patterns, *patterns], key=lambda pattern: -pattern.weight)
        self._known = {}

    def said(self, text: str) -> str:
        """Return a text in this language; what it has no words for stays as it is."""
        if text not in self._known:
            if len(self._known) > 20_000:
                self._known = {}
            self._known[text] = self._found(text, _DEEPEST) or self._numbers(text)
        return self._known[text]

    def has(self, text: str) -> bool:
        """Return whether this language has words for a text, all of its sentences."""
        cuts = [""] if text.strip() in self._entries else [
            piece for sentence in _SENTENCES.split(text) for piece in _PIECES.split(sentence)]  # fmt: skip
        parts = [text] if cuts == [""] else [part for part in cuts if part.strip()]
        return all(self._found(part, _DEEPEST) is not None for part in parts)

    def _found(self, text: str, depth: int) -> str | None:
        bare = text.strip()
        if not depth or not bare:
            return None
        other = self._entries.get(text) or self._entries.get(bare) or self._lower.get(bare.lower())
        if other is None:
            other = self._of_pieces(bare, depth) or self._of_pattern(bare, depth) or self._of_parts(bare, depth)
        if other is None:
            return None
        return text.replace(bare, other) if text != bare else other

    def _of_pieces(self, text: str, depth: int) -> str | None:
        """Return pieces one by one, if this language has words for each: no pattern takes one and all that follow."""
        pieces = [] if _SENTENCES.search(text) else _PIECES.split(text)
        found = [self._found(piece, depth - 1) for piece in pieces] if len(pieces) > 1 else []
        return " · ".join(filter(None, found)) if found and all(found) else None

    def _of_pattern(self, text: str, depth: int) -> str | None:
        for pattern in self._patterns:
            groups = pattern.groups(text)
            if groups is None:
                continue
            found = [self._found(group, depth - 1) for group in groups]
            if pattern.is_weak and any(" " in group and not word for group, word in zip(groups, found, strict=True)):
                continue  # a sentence that has an "and" in it is not two things joined by one
            return pattern.filled([word or self._numbers(group) for group, word in zip(groups, found, strict=True)])
        return None

    def _of_parts(self, text: str, depth: int) -> str | None:
        """Return sentences one by one, if this language has words for one of them at least."""
        found_cuts = ([match.span() for match in cut.finditer(text)] for cut in (_SENTENCES, _PIECES))
        cuts = next(filter(None, found_cuts), [])  # sentences first: a name within one may have pieces of its own
        if not cuts:
            return None
        ends, begins = [*(begin for begin, _ in cuts), len(text)], [0, *(end for _, end in cuts)]
        parts = [text[begin:end] for begin, end in zip(begins, ends, strict=True)]
        found = [self._found(part, depth - 1) for part in parts]
        if not any(found):
            return None
        gaps = [text[begin:end] for begin, end in cuts] + [""]
        return "".join((other or part) + gap for other, part, gap in zip(found, parts, gaps, strict=True))

    def _numbers(self, text: str) -> str:
        return _DECIMAL.sub(rf"\1{self._decimal}\2", text)


class _Pattern:
    """A sentence in which something varies."""

    def __init__(self, english: str, other: str) -> None:
        self._literals = [part for part in _PLACE.split(english)[::2] if part]
        self._begin, self._end = _PLACE.split(english)[0], _PLACE.split(english)[-1]
        self._english, self._other = english, other
        self._expression: re.Pattern[str] | None = None
        self.weight = sum(map(len, self._literals))
        self.is_weak = sum(map(str.isalpha, "".join(self._literals))) < _WEAK

    def groups(self, text: str) -> tuple[str, ...] | None:
        """Return what stands in the places, None if it is another sentence. Compiled when it may be it at last."""
        if not (text.startswith(self._begin) and text.endswith(self._end) and all(p in text for p in self._literals)):
            return None
        if self._expression is None:
            parts = [re.escape(part) for part in _PLACE.split(self._english)[::2]]
            self._expression = re.compile(_WITHIN_A_SENTENCE.join(parts), re.DOTALL)
        match = self._expression.fullmatch(text)
        return match.groups() if match is not None else None

    def filled(self, words: list[str]) -> str:
        """Return the sentence in the other language with these words in its places."""
        places = iter(range(len(words)))
        return _PLACE.sub(lambda place: words[int(place[1]) if place[1] else next(places)], self._other)


ENGLISH = Catalogue({}, language="en")
"""Leaves every sentence as it is."""


def own_catalogue(language: str, decimal: str = ",") -> Catalogue:
    """Return what core and training have in a language; nothing of the window's and of plugins'."""
    return Catalogue(read_entries(Path(__file__).parent / FOLDER / f"{language}.json"), decimal, language)


def read_entries(path: Path) -> dict[str, str]:
    """Return the sentences of a catalogue's file; none where it is no catalogue, which is a fault of its own plugin."""
    try:
        entries = parsed_json(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(entries, dict):
        return {}
    return {english: other for english, other in entries.items() if isinstance(other, str) and _fit(english, other)}


def _fit(english: str, other: str) -> bool:
    """Return whether both sides have the same places: one that the other lacks could not be filled."""
    count = len(_PLACE.findall(english))
    places = _PLACE.findall(other)
    return len(places) <= count and all(not place or int(place) < count for place in places)
