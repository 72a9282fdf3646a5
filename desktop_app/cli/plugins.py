"""``verilens plugins``: the user's side of plugins, and the author's."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from desktop_app.api.errors import PluginError
from desktop_app.cli.console import Console
from desktop_app.core.plugins.entries import PluginEntry
from desktop_app.core.plugins.host import PluginHost
from desktop_app.core.texts import counted

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_Name = Annotated[str, typer.Argument(metavar="PLUGIN", help="The plugin's name; see verilens plugins list.")]


def add_to(program: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="List, switch, trust, check and begin plugins.")
    for name, command in (("list", list_plugins), ("enable", enable), ("disable", disable), ("trust", trust),
                          ("check", check), ("new", new)):
        group.command(name)(command)
    program.add_typer(group, name="plugins")


def list_plugins(context: typer.Context, as_json: _Json = False) -> int:
    """List every plugin and how it fares."""
    console: Console = context.obj
    plugins = console.application().host.snapshot(reading=False).plugins
    console.show({"plugins": [plugin.to_json() for plugin in plugins]}, _lines(plugins), as_json)
    return 0


def enable(context: typer.Context, name: _Name, as_json: _Json = False) -> int:
    """Use a plugin again, or try a quarantined one anew."""
    return _switch(context, name, as_json, PluginHost.enable, "loaded")


def disable(context: typer.Context, name: _Name, as_json: _Json = False) -> int:
    """Leave a plugin out from now on."""
    return _switch(context, name, as_json, PluginHost.disable, "disabled")


def trust(context: typer.Context, name: _Name, as_json: _Json = False) -> int:
    """Trust a plugin of your plugin folder, with its files as they are now."""
    return _switch(context, name, as_json, PluginHost.trust, "loaded")


def check(context: typer.Context, name: _Name, as_json: _Json = False) -> int:
    """Run the conformance kit over a plugin's tools and models."""
    from desktop_app.cli.progress import progress_line
    from desktop_app.testing import check_model, check_tool

    console: Console = context.obj
    application = console.application()
    host, networks = application.host, application.models
    entry = host.plugin(name)
    if entry.status != "loaded":
        raise PluginError(f"expected {name} to be loaded, but it is {entry.status}: {entry.reason}")
    checked = []
    with _importable(entry), progress_line(console, is_silent=True) as control:
        for tool_id in entry.tools:
            checked.append(check_tool(host.tool(tool_id), tools=host, networks=networks))
            control.check()
        for model_id in entry.models:
            checked.append(check_model(host.model(model_id), control.check))
            control.check()
    findings = [str(finding) for found in checked for finding in found]
    payload = {"plugin": name, "tools": list(entry.tools), "models": list(entry.models), "findings": findings}
    what = ", ".join(
        counted(len(found), word) for found, word in ((entry.tools, "tool"), (entry.models, "model")) if found
    )
    console.show(payload, [*findings, f"{name}: {what}, {counted(len(findings), 'finding')}"], as_json)
    return 1 if findings else 0


def new(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Lower case; also its package and its ids' first part.")],
    folder: Annotated[Path, typer.Option(help="Where its folder is made.")] = Path(),
    as_json: _Json = False,
) -> int:
    """Write a plugin that works, to go on from."""
    from desktop_app.cli.skeleton import write

    console: Console = context.obj
    root, files = write(name, folder)
    payload = {"plugin": name, "folder": str(root), "files": [str(file) for file in files]}
    lines = [*payload["files"], f"next: pip install -e {root} && verilens plugins check {name}"]
    console.show(payload, lines, as_json)
    return 0


@contextmanager
def _importable(plugin: PluginEntry) -> Iterator[None]:
    """Let a fresh interpreter, which the kit starts, find a plugin of the user's folder."""
    folder = str(Path(plugin.location).parent)
    if plugin.origin == "folder":
        sys.path.append(folder)
    try:
        yield
    finally:
        if plugin.origin == "folder":
            sys.path.remove(folder)


def _switch(
    context: typer.Context, name: str, as_json: bool, change: Callable[[PluginHost, str], PluginEntry], wanted: str
) -> int:
    console: Console = context.obj
    entry = change(console.application().host, name)
    console.show(entry.to_json(), _lines([entry]), as_json)
    if entry.status != wanted:
        console.note(f"expected {name} to be {wanted}, but it is {entry.status}: {entry.reason}")
        return PluginError.exit_code
    return 0


def _lines(plugins: Iterable[PluginEntry]) -> Iterator[str]:
    for plugin in plugins:
        what: list[Any] = [*plugin.tools, *plugin.models]
        said = plugin.reason or ", ".join(what) or "nothing"
        yield f"{plugin.name} {plugin.version} ({plugin.distribution}) {plugin.status}: {said}"
