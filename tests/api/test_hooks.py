"""A descriptor's one statement makes the same hook as a function of its own."""

from __future__ import annotations

from types import ModuleType

import pluggy

from desktop_app.api import PROJECT, Tool, hooks, provides
from desktop_app.core.plugins.validation import tool_faults


def tool(**fields: str) -> Tool:
    return Tool(id="mine.invert", title="Invert", kind="restoration", version="1.0", summary="Inverts.", **fields)


def test_functions_lie_beside_the_descriptor_unless_they_say_their_package() -> None:
    for given, expected in (
        (tool(), ("pack.mine.algorithm:run", None)),
        (tool(prepare=".algorithm:prepare"), ("pack.mine.algorithm:run", "pack.mine.algorithm:prepare")),
        (tool(algorithm="other.module:work"), ("other.module:work", None)),
    ):
        (named,) = provides("pack.mine.descriptor", given)()
        assert (named.algorithm, named.prepare) == expected
        assert list(tool_faults(named)) == []


def test_pluggy_takes_it_for_a_hook() -> None:
    descriptor = ModuleType("descriptor")
    descriptor.verilens_tools = provides("mine.descriptor", tool())  # type: ignore[attr-defined] # made here
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hooks)
    manager.register(descriptor)
    assert [[one.id for one in tools] for tools in manager.hook.verilens_tools()] == [["mine.invert"]]


def test_a_tool_that_was_not_completed_is_refused_in_a_sentence() -> None:
    assert list(tool_faults(tool())) == ["expected algorithm as 'package.module:function', got '.algorithm:run'"]
