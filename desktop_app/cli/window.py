"""``verilens [FILE…]``: the window."""

from __future__ import annotations

from collections.abc import Sequence

from desktop_app.api.errors import VerilensError
from desktop_app.cli.console import Console

_QT_PACKAGES = "libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1 libxcb-cursor0"


def open_window(paths: Sequence[str]) -> int:
    """Open the window with these files as documents, and return its exit code once it is closed."""
    return Console().guard(lambda: _open(paths))


def _open(paths: Sequence[str]) -> int:
    try:
        from desktop_app.gui.app import run
    except ImportError as error:
        raise VerilensError(
            f"expected the libraries that the window needs, got: {error}; on Debian and Ubuntu install them with "
            f"'sudo apt-get install {_QT_PACKAGES}', or use the commands, which need none (verilens --help)"
        ) from error
    return run(list(paths))
