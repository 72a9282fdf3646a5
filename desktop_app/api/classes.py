"""A classifier's classes, by name or by index."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from desktop_app.api.errors import ParameterError

__all__ = ["class_index"]


def class_index(labels: Sequence[str], given: str | int | None) -> int | None:
    """Return the index of a class that a user named.

    Parameters
    ----------
    labels : sequence of str
        The classifier's class names, in the order of its logits.
    given : str, int or None
        A name (upper or lower case), an index, or an index as text; None stays None.

    Raises
    ------
    ParameterError
        If the model has no such class; the sentence suggests the nearest names.

    Examples
    --------
    >>> class_index(["cat", "dog"], "Dog")
    1
    """
    if given is None:
        return None
    names = [label.casefold() for label in labels]
    text = str(given).strip().casefold()
    if text in names:
        return names.index(text)
    if text.isdecimal() and int(text) < len(labels):
        return int(text)
    near = difflib.get_close_matches(text, names, n=3) or names[:3]
    raise ParameterError(
        f"expected one of the model's {len(labels)} classes, got {given!r}; try {', '.join(near)} or an index from 0"
    )
