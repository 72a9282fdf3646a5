"""Who is at work on this machine. The window's first paint waits for none of what it takes to tell."""

from __future__ import annotations

import os


def this_host() -> str:
    """Return this machine's name."""
    import platform

    return platform.node() or "unknown"


def host_mark() -> str:
    """Return eight hexadecimal digits that stand for this machine in a file's name."""
    from hashlib import blake2b

    return blake2b(this_host().encode(), digest_size=4).hexdigest()


def is_running(process: int) -> bool:
    """Return whether there is such a process on this machine."""
    if process == os.getpid():
        return True
    import psutil

    return bool(psutil.pid_exists(process))


def started_at(process: int) -> float | None:
    """Return when a process of this machine began, in seconds since 1970; None when there is none."""
    import psutil

    try:
        return float(psutil.Process(process).create_time())
    except psutil.Error:
        return None
