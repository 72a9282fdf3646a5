"""Names that users type, and what they may have meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from desktop_app.api.errors import ParameterError

_T = TypeVar("_T")


def known_or_nearest(what: str, got: str, known: Mapping[str, _T]) -> _T:
    """Return what has this name.

    Raises
    ------
    ParameterError
        If nothing has; the sentence offers the nearest names.
    """
    if got not in known:
        raise ParameterError(f"expected the name of a {what}, got {got!r}; {nearest(got, known)}")
    return known[got]


def nearest(got: str, known: Iterable[str]) -> str:
    """Return the advice for a name that does not exist: ``did you mean …?``, or what there is."""
    import difflib

    names = sorted(known)
    close = difflib.get_close_matches(got, names, n=3, cutoff=0.5)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"there is {', '.join(names[:12])}{' …' if len(names) > 12 else ''}" if names else "there is none"
