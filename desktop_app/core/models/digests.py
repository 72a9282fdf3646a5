"""Files and their SHA-256. Standard library only."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

_CHUNK = 1 << 20


def sha256_of(path: Path, check: Callable[[], None] = lambda: None) -> str:
    """Return a file's SHA-256 in lower-case hexadecimal; `check` is called between megabytes, and may raise."""
    digest, piece = hashlib.sha256(), memoryview(bytearray(_CHUNK))
    with path.open("rb", buffering=0) as stream:
        while count := stream.readinto(piece):
            check()
            digest.update(piece[:count])
    return digest.hexdigest()
