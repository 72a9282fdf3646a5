"""``verilens tools``: lists every discovered tool."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, get_args

import typer

from desktop_app.api.descriptors import Kind
from desktop_app.api.errors import ParameterError
from desktop_app.cli.console import Console
from desktop_app.core.plugins.entries import ToolEntry


def add_to(program: typer.Typer) -> None:
    """Add the command."""
    program.command("tools")(tools)


def tools(
    context: typer.Context,
    kind: Annotated[str | None, typer.Option(help=f"Only this kind: {', '.join(get_args(Kind))}.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """List every tool with its parameters."""
    if kind is not None and kind not in get_args(Kind):
        raise ParameterError(f"expected a kind out of {', '.join(get_args(Kind))}, got {kind!r}; choose one of these")
    console: Console = context.obj
    snapshot = console.application().host.snapshot()
    found = sorted((tool for tool in snapshot.tools if kind in (None, tool.kind)), key=lambda tool: tool.id)
    console.show({"tools": [_described(tool) for tool in found]}, _lines(found), as_json)
    out = [plugin.name for plugin in snapshot.plugins if plugin.status in ("quarantined", "untrusted")]
    if out:
        console.note(f"left out {', '.join(out)}: see verilens plugins list")
    return 0


def _described(tool: ToolEntry) -> dict[str, Any]:
    entry = tool.to_json()
    return {
        **{name: entry[name] for name in ("id", "kind", "task", "title", "summary", "plugin", "version")},
        "plugin_version": tool.plugin_version,
        "distribution": tool.distribution,
        "parameters": entry["schema"],
        **{name: entry[name] for name in ("inputs", "subjects", "models", "scale", "reach", "differentiable",
                                          "stochastic", "encoding", "sources", "keywords", "recommended_for")},
    }


def _lines(found: Sequence[ToolEntry]) -> Iterator[str]:
    width = max((len(tool.id) for tool in found), default=0)
    for tool in found:
        yield f"{tool.id:{width}}  {tool.title}: {tool.summary}"
        for name, schema in tool.properties.items():
            yield f"{'':{width}}    -p {name}={_default(schema)}  {schema.get('description', '')}"


def _default(schema: Mapping[str, Any]) -> str:
    value = "auto" if schema.get("default") is None else schema["default"]
    unit = schema.get("unit", "")
    return f"{value} [{unit}]" if unit else str(value)
