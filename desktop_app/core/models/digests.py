"""Files and their SHA-256. Standard library only."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

_CHUNK = 1 << 20


def sha256_of(path: Path, check: Callable[[], None] = lambda: None) -> str:
    """Return a file's SHA-256 in lower-case hexadecimal; `check` is called between megabytes, and may raise."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            check()
            digest.update(chunk)
    return digest.hexdigest()
