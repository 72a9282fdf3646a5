"""A tool with its functions, its author's name for what goes wrong, and what is asked of it before it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import ceil, lcm
from typing import TYPE_CHECKING, Any

from desktop_app.api.errors import InputMissingError, ParameterError, ToolError
from desktop_app.core.faults import one_line

if TYPE_CHECKING:
    from torch import Tensor

    from desktop_app.api.descriptors import Tool

Function = Callable[[Any, Any, Any], Any]


@dataclass(frozen=True)
class LoadedTool:
    """A descriptor with its functions imported, and the plugin that brought it (name and version)."""

    tool: Tool
    function: Function
    prepare: Function | None = None
    plugin: str = ""

    @property
    def name(self) -> str:
        """The tool's id and the plugin, as sentences about a fault name them."""
        return f"{self.tool.id} (plugin {self.plugin})" if self.plugin else self.tool.id

    def fault(self, expected: str, got: str, advice: str = "report this to its author") -> ToolError:
        """Return the sentence about something that the plugin did wrong."""
        return ToolError(f"{self.name}: expected {expected}, got {got}; {advice}")


@dataclass(frozen=True)
class Sizes:
    """What a tool says about sizes under its parameters.

    ``reach`` is in pixels (None: the whole), ``scale`` the output over the input. Parts of a photo that begin at
    multiples of ``align`` are as the tool wants them, and begin at a whole pixel of the output. ``frame`` gives the
    size of the output where no factor does.
    """

    reach: int | None
    scale: Fraction
    align: int
    frame: Callable[[int, int], tuple[int, int]] | None = None

    @property
    def keeps_size(self) -> bool:
        """Whether a pixel of the output is the pixel of the input at the same place."""
        return self.scale == 1 and self.frame is None

    def extent(self, height: int, width: int) -> tuple[int, int]:
        """Return height and width of the output for an input of this size.

        Raises
        ------
        ParameterError
            If the parameters do not fit it.
        ToolError
            If the tool's own function for it fails.
        """
        if self.frame is not None:
            return self.frame(height, width)
        return ceil(height * self.scale), ceil(width * self.scale)


def sizes_of(tool: Tool, params: Any, plugin: str = "") -> Sizes:
    """Return a tool's reach and scale; `plugin` is named where they are at fault.

    Raises
    ------
    ToolError
        If its functions for them fail, or answer with what is neither.
    """
    asking = LoadedTool(tool, _never, plugin=plugin)
    try:
        reach, scale = tool.reach_for(params), tool.scale_for(params)
    except Exception as error:
        raise asking.fault("a reach and a scale for these parameters", one_line(error)) from error
    if not (reach is None or (_is_whole(reach) and reach >= 0)):
        raise asking.fault("a reach of 0 or more whole pixels, or None", repr(reach))
    if not ((_is_whole(scale) or isinstance(scale, Fraction)) and scale > 0):
        raise asking.fault("a scale above 0 that is a whole number or a Fraction", repr(scale))
    frame = None if tool.frame is None else partial(_framed, asking, params)
    return Sizes(reach, Fraction(scale), lcm(tool.align, Fraction(scale).denominator), frame)


def _framed(asking: LoadedTool, params: Any, height: int, width: int) -> tuple[int, int]:
    """Return what a tool says of the size of its output."""
    assert asking.tool.frame is not None
    try:
        found = asking.tool.frame(params, (height, width))
    except ParameterError:
        raise
    except Exception as error:
        raise asking.fault("a size for these parameters", one_line(error)) from error
    if not (isinstance(found, tuple) and len(found) == 2 and all(_is_whole(side) and side > 0 for side in found)):
        raise asking.fault("a height and a width of 1 or more whole pixels", repr(found))
    return found


def is_finite(values: Tensor) -> bool:
    """Return whether all values, float of any shape, are numbers: NaN and infinity show in the extremes."""
    if values.numel() == 0:
        return True
    low, high = values.detach().aminmax()
    return bool(low.isfinite() & high.isfinite())


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _never(images: Any, params: Any, run: Any) -> Any:
    raise NotImplementedError


def validate_params(tool: Tool, values: Mapping[str, Any]) -> Any:
    """Return a tool's parameters as an instance of its class.

    Raises
    ------
    ParameterError
        If one is unknown, of another type or out of range; the sentence names it.
    """
    from pydantic import ValidationError

    from desktop_app.api.params import NoParams

    try:
        return (tool.params or NoParams)(**values)
    except ValidationError as error:
        raise ParameterError(_explain(tool, error.errors()[0])) from error
    except Exception as error:
        raise LoadedTool(tool, _never).fault("a check of its parameters", one_line(error)) from error


def _explain(tool: Tool, fault: Mapping[str, Any]) -> str:
    name = ".".join(str(part) for part in fault["loc"][:1]) or "parameters"
    if fault["type"] == "extra_forbidden":
        known = ", ".join(getattr(tool.params, "model_fields", {})) or "no parameters at all"
        return f"{tool.id}: expected one of {known}, got {name!r}; check the name"
    if fault["type"] == "value_error":
        return " ".join(f"{tool.id}: {fault['ctx']['error']}".split())
    wanted = str(fault["msg"]).removeprefix("Input ").removeprefix("should be ")
    return f"{tool.id}: expected {name} to be {wanted}, got {fault['input']!r}; change it"


def check_inputs(tool: Tool, inputs: Mapping[str, Tensor], height: int, width: int) -> None:
    """Refuse unknown, missing and wrongly sized inputs, each ``(N, C, H, W)`` float32.

    Raises
    ------
    InputMissingError
        If a required input is absent.
    ParameterError
        If one is unknown, does not have the photo's size, or is not finite.
    """
    specs = {spec.name: spec for spec in tool.inputs}
    for name, value in inputs.items():
        if name not in specs:
            known = ", ".join(specs) or "none"
            raise ParameterError(f"{tool.id}: expected inputs out of {known}, got {name!r}; leave it out")
        if specs[name].is_spatial and tuple(value.shape[-2:]) != (height, width):
            got = f"{value.shape[-1]}×{value.shape[-2]}"
            raise ParameterError(f"{tool.id}: expected {name} of {width}×{height} pixels, got {got}; resize it")
        if not is_finite(value):
            bad = int((~value.isfinite()).sum())
            raise ParameterError(f"{tool.id}: expected finite values in {name}, got {bad} that are NaN or infinite; "
                                 "mend it first")
    for name, spec in specs.items():
        if spec.required and name not in inputs:
            raise InputMissingError(f"{tool.id}: expected the input {name!r} ({spec.help}), got none; give it")
