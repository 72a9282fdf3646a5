"""The Qt binding keeps its hands off None: a release that did not ended the interpreter after some thousand calls."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject

_CALLS = 1000


def test_calls_that_return_nothing_keep_none_alive() -> None:
    before = sys.getrefcount(None)
    for _ in range(_CALLS):
        QObject().setObjectName("name")
    assert sys.getrefcount(None) > before - _CALLS // 2
