"""JSON that may have been written by anybody: files, photos' metadata, words of the command line."""

from __future__ import annotations

import json
from typing import Any


def parsed_json(text: str | bytes) -> Any:
    """Return what a JSON text says, however it was made.

    Raises
    ------
    ValueError
        If it is no JSON, or lists and mappings lie in one another deeper than Python follows.

    Examples
    --------
    >>> parsed_json('{"sigma": 25}')
    {'sigma': 25}
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("expected JSON of at most 64 levels, got many more") from error
