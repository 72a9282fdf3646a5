"""The command line: ``verilens …``. Without a command it opens the window, and imports nothing that is not needed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.cli.command_table import COMMANDS

if TYPE_CHECKING:
    from desktop_app.cli.console import Console


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments, without the program's name; those of the process by default.

    Returns
    -------
    int
        0 done · 1 the tool failed · 2 wrong arguments · 3 unreadable input or unwritable output · 4 a plugin cannot
        be loaded · 130 cancelled.
    """
    given = list(sys.argv[1:] if argv is None else argv)
    try:
        from desktop_app.cli.console import Console
        from desktop_app.core.system import prepare_libraries

        prepare_libraries()
        console, words = Console.of(given)
    except KeyboardInterrupt:
        return _cancelled_at_once("--json" in given)
    return console.guard(lambda: _run(words, console))


def _run(words: list[str], console: Console) -> int:
    if not words or _is_file(words[0]):
        from desktop_app.cli.open_window import open_window

        return open_window(words[1:] if words[:1] == ["--"] else words, console)
    from desktop_app.cli.program import run

    return run(words, console)


def _cancelled_at_once(as_json: bool) -> int:
    """Say what a console would say of Ctrl-C, while there is none yet."""
    print("verilens: cancelled; nothing more was written", file=sys.stderr)
    if as_json:
        print('{"error": {"exit_code": 130, "message": "cancelled; nothing more was written"}}')
    return 130


def _is_file(first: str) -> bool:
    """Return whether an argument names a file, be it one that does not exist, and not a command or an option."""
    if first in COMMANDS or (first.startswith("-") and first != "--"):
        return False
    path = Path(first)
    return first == "--" or bool(path.suffix) or len(path.parts) > 1 or path.exists()
