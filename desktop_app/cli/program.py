"""The program behind the commands: reads the arguments, imports the one command that is asked for, and runs it."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer

from desktop_app import __version__
from desktop_app.api.errors import Cancelled, ParameterError
from desktop_app.cli.command_table import COMMANDS
from desktop_app.cli.console import Console
from desktop_app.core.plugins.naming import nearest

_OPTIONS = {"help_option_names": ["-h", "--help"]}


def run(words: Sequence[str], console: Console) -> int:
    """Run one command and return its exit code.

    Parameters
    ----------
    words : sequence of str
        A command or an option first.
    console : Console
        Where it says what it has to say.

    Raises
    ------
    VerilensError
        One sentence for the user.
    """
    if not words or (words[0] not in COMMANDS and not words[0].startswith("-")):
        got = words[0] if words else "nothing"
        raise ParameterError(f"expected a command or a file, got {got!r}; {nearest(got, COMMANDS)}")
    program = _program([words[0]] if words[0] in COMMANDS else list(COMMANDS))
    try:
        code = typer.main.get_command(program).main(list(words), "verilens", standalone_mode=False, obj=console)
    except typer.Abort as error:
        raise Cancelled("cancelled; nothing more was written") from error
    except typer.TyperException as error:
        raise ParameterError(f"{error.format_message().rstrip('.')}; see verilens {_help_for(words)}") from error
    if code == Cancelled.exit_code:
        raise Cancelled("cancelled; nothing more was written")
    return code if isinstance(code, int) else 0


def _help_for(words: Sequence[str]) -> str:
    return f"{words[0]} --help" if words[0] in COMMANDS else "--help"


def _tell(asked: bool) -> None:
    if asked:
        typer.echo(f"verilens {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[bool, typer.Option("--version", help="Print it.", callback=_tell, is_eager=True)] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback with every error (anywhere).")] = False,
    safe_mode: Annotated[bool, typer.Option("--safe-mode", help="Leave out all plugins of others (anywhere).")] = False,
    dev: Annotated[str, typer.Option(metavar="FOLDER", help="Use the plugins in a folder untrusted (anywhere).")] = "",
) -> None:
    """Take the options that belong to no command; all were dealt with before."""


def _program(names: list[str]) -> typer.Typer:
    program = typer.Typer(
        help="Restore a photo, attack what a model sees in it, and see where the result is uncertain. "
             "Without a command the window opens: verilens [FILE…].",
        add_completion=False, rich_markup_mode=None, context_settings=_OPTIONS, pretty_exceptions_enable=False,
    )
    program.callback()(_root)
    for name in names:
        import_module(f"desktop_app.cli.{name}").add_to(program)
    return program
