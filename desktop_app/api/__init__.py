"""All that a plugin may import.

A plugin is a descriptor and a pure function, in two files. The first names the second lazily, so that listing every
tool imports neither torch nor any algorithm::

    # descriptor.py                                        # algorithm.py
    from desktop_app.api import Params, Tool, hookimpl     from desktop_app.api import Result
    from desktop_app.api import param
                                                           def run(images, params, run):
    class InvertParams(Params):                                return Result(image=1.0 - images)
        pass

    @hookimpl
    def verilens_tools():
        return [Tool(id="mine.invert", title="Invert", kind="restoration", summary="Turns light to dark.",
                     version="1.0", algorithm="mine.algorithm:run", params=InvertParams, reach=0)]

The names below are loaded when first used: a plugin that needs no parameters never imports pydantic.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from desktop_app.api.classes import class_index
    from desktop_app.api.descriptors import (
        API_VERSION,
        Encoding,
        InputKind,
        InputSpec,
        Kind,
        MapKind,
        Model,
        ModelTask,
        Subject,
        Tool,
        Use,
    )
    from desktop_app.api.errors import (
        Cancelled,
        InputError,
        InputMissingError,
        MissingValuesError,
        ParameterError,
        PluginError,
        ToolError,
        VerilensError,
    )
    from desktop_app.api.hooks import PROJECT, hookimpl, provides
    from desktop_app.api.params import AttackParams, BallParams, GoalParams, NoParams, Params, ThreatParams, param
    from desktop_app.api.resources import bundled, bundled_network
    from desktop_app.api.results import Map, Result, top_classes
    from desktop_app.api.run import Classifier, Restoration, Run
    from desktop_app.api.severity import SeverityParams
    from desktop_app.api.threats import Threat

_HOMES = {
    "classes": "class_index",
    "descriptors": (
        "API_VERSION Encoding InputKind InputSpec Kind MapKind Model ModelTask Subject Tool Use"
    ),
    "errors": (
        "Cancelled InputError InputMissingError MissingValuesError ParameterError PluginError ToolError VerilensError"
    ),
    "hooks": "PROJECT hookimpl provides",
    "params": "AttackParams BallParams GoalParams NoParams Params ThreatParams param",
    "resources": "bundled bundled_network",
    "results": "Map Result top_classes",
    "run": "Classifier Restoration Run",
    "severity": "SeverityParams",
    "threats": "Threat",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "API_VERSION",
    "PROJECT",
    "AttackParams",
    "BallParams",
    "Cancelled",
    "Classifier",
    "Encoding",
    "GoalParams",
    "InputError",
    "InputKind",
    "InputMissingError",
    "InputSpec",
    "Kind",
    "Map",
    "MapKind",
    "MissingValuesError",
    "Model",
    "ModelTask",
    "NoParams",
    "ParameterError",
    "Params",
    "PluginError",
    "Restoration",
    "Result",
    "Run",
    "SeverityParams",
    "Subject",
    "Threat",
    "ThreatParams",
    "Tool",
    "ToolError",
    "Use",
    "VerilensError",
    "bundled",
    "bundled_network",
    "class_index",
    "hookimpl",
    "param",
    "provides",
    "top_classes",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its module when it is first asked for (PEP 562)."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value
