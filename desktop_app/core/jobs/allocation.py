"""Keep freed memory while tools run, and give it back when they rest.

A tool frees and asks for the same large blocks over and over. glibc returns blocks of that size to the system at once,
and the page faults of getting them again cost more than many a computation. Elsewhere nothing needs to be done.
"""

from __future__ import annotations

import ctypes
import platform
from functools import cache

# mallopt's names. Large blocks get no mappings of their own, since glibc takes no threshold above 32 MB for those.
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4
_WISHES = ((_M_MMAP_MAX, 0), (_M_TRIM_THRESHOLD, 1 << 30), (_M_TOP_PAD, 64 << 20))


@cache
def _glibc() -> ctypes.CDLL | None:
    """Return the C library where it is glibc."""
    return ctypes.CDLL("libc.so.6") if platform.libc_ver()[0] == "glibc" else None


def keep_freed_memory() -> bool:
    """Ask the allocator to keep up to a gigabyte of freed blocks for the next use; return whether it will."""
    library = _glibc()
    if library is None:
        return False
    answers = [library.mallopt(name, value) for name, value in _WISHES]
    return all(answers)


def release_freed_memory() -> bool:
    """Give kept blocks back to the system; return whether there were any."""
    library = _glibc()
    return library is not None and library.malloc_trim(0) == 1
