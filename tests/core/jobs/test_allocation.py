"""Freed memory is kept while tools run, and given back when they rest."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

_CODE = """
import ctypes, psutil
from desktop_app.core.jobs.allocation import keep_freed_memory, release_freed_memory
assert keep_freed_memory()
rss = lambda: psutil.Process().memory_info().rss
before = rss()
libc = ctypes.CDLL("libc.so.6")
libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
block = libc.malloc(200 << 20); ctypes.memset(block, 1, 200 << 20); libc.free(block)
kept = rss() - before
release_freed_memory()
print(kept >> 20, (rss() - before) >> 20)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc returns large blocks at once")
def test_freed_blocks_are_kept_until_released() -> None:
    done = subprocess.run([sys.executable, "-c", _CODE], capture_output=True, text=True, check=True)
    kept, left = (int(number) for number in done.stdout.split())
    assert kept >= 190
    assert left < 100
