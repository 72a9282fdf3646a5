"""The contract of a result, in one place: what breaks it is one sentence that names the tool and its plugin."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

from desktop_app.api.descriptors import MapKind
from desktop_app.api.results import Map, Result, Standing
from desktop_app.core.faults import one_line
from desktop_app.core.kinds import traits_of

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from desktop_app.core.jobs.loaded import LoadedTool, Sizes

_NOMINAL = 2.0  # an input below it is in [0, 1], with what noise and overshoot add
_BEYOND = 4.0  # a picture in [0, 1] is not above it anywhere …
_BRIGHTER = 100.0  # … and on average as many times as bright as its input: that is a picture in 0–255
_DARKEST = 1.0 / 255.0


def checked(loaded: LoadedTool, result: object, images: Tensor, sizes: Sizes) -> Result:
    """Return what a tool's function returned, held to the contract and on the images' device.

    Parameters
    ----------
    loaded : LoadedTool
        The tool.
    result : object
        As its function returned it.
    images : Tensor
        ``(N, C, H, W)`` float32: what it was given.
    sizes : Sizes
        What it says of the size of its output.

    Raises
    ------
    ToolError
        If it is no `Result`, or a picture, map, report or artifact is missing, is not of the promised type and shape,
        or holds what is not finite.
    """
    if not isinstance(result, Result):
        raise loaded.fault("its function to return a Result", _named(result))
    traits = traits_of(loaded.tool.kind)
    n, c, *size = images.shape
    extent: tuple[int, ...] = sizes.extent(*size)
    if traits.gives_picture and result.image is None:
        raise loaded.fault("a picture", "none")
    image = None
    if result.image is not None:
        image = _tensor(loaded, "picture", result.image, images.device)
        _shaped(loaded, "picture", image, (n, "C", "H", "W") if traits.measures else (n, c, *extent))
        _in_range(loaded, image, images)
        extent = tuple(image.shape[-2:])
    maps, reports = _maps(loaded, result.maps, (n, *extent), images.device), _reports(loaded, result.reports, n)
    if traits.measures and not maps and not reports:
        raise loaded.fault("a map or a report", "none")
    artifacts = _artifacts(loaded, result.artifacts, n, images.device)
    return replace(result, image=image, maps=maps, reports=reports, artifacts=artifacts)


def _tensor(loaded: LoadedTool, what: str, values: object, device: torch.device) -> Tensor:
    """Return values on a device, after refusing all but dense float32 tensors of finite numbers."""
    import torch

    expected = f"a {what} that is a dense float32 tensor"
    if not isinstance(values, torch.Tensor):
        raise loaded.fault(expected, _named(values))
    if values.layout is not torch.strided or values.is_quantized or values.device.type == "meta":
        kind = "one without values" if values.device.type == "meta" else str(values.layout).removeprefix("torch.")
        raise loaded.fault(expected, kind)
    if values.dtype is not torch.float32:
        raise loaded.fault(expected, str(values.dtype).removeprefix("torch."))
    if values.numel() == 0:
        raise loaded.fault(f"a {what} with values", f"the empty shape {tuple(values.shape)}")
    low, high = values.detach().aminmax()
    if not bool(low.isfinite() & high.isfinite()):
        raise loaded.fault(f"a finite {what}", "NaN or infinity", "try milder parameters, or report this to its author")
    return values.to(device)


def _shaped(loaded: LoadedTool, what: str, values: Tensor, shape: tuple[int | str, ...]) -> None:
    """Refuse another shape than the promised one, in which letters stand for any length."""
    got = tuple(values.shape)
    pairs = zip(shape, got, strict=False)
    fits = len(got) == len(shape) and all(isinstance(length, str) or length == mine for length, mine in pairs)
    if not fits or ("C" in shape and got[1] not in (1, 3)):
        raise loaded.fault(f"a {what} of shape ({', '.join(map(str, shape))})", str(got))


def _in_range(loaded: LoadedTool, image: Tensor, images: Tensor) -> None:
    """Refuse a picture in 8-bit levels: values outside [0, 1] are legal, a hundredfold gain of their mean is not."""
    picture, before = image.detach(), images.detach()
    top = float(picture.amax())
    if top <= _BEYOND or float(before.amax()) > _NOMINAL:
        return
    if float(picture.mean()) > _BRIGHTER * max(float(before.mean()), _DARKEST):
        raise loaded.fault("a picture in which 1 is white, as its input", f"values up to {top:.4g} (levels?)")


def _maps(loaded: LoadedTool, maps: Any, shape: tuple[int, ...], device: torch.device) -> list[Map]:
    if not _is_list_of(maps, Map):
        raise loaded.fault("maps as a list of Map", _named(maps))
    found = [_map(loaded, layer, shape, device) for layer in maps]
    names = [layer.name for layer in found]
    if len(set(names)) < len(names):
        raise loaded.fault("maps with names of their own", ", ".join(names))
    return found


def _map(loaded: LoadedTool, layer: Map, shape: tuple[int, ...], device: torch.device) -> Map:
    for word in ("name", "unit", "meaning", "colormap"):
        if not isinstance(getattr(layer, word), str):
            raise loaded.fault(f"a map's {word} in words", repr(getattr(layer, word)))
    if layer.kind not in get_args(MapKind):
        raise loaded.fault(f"a map of a kind out of {', '.join(get_args(MapKind))}", repr(layer.kind))
    what = f"map {layer.name!r}"
    if layer.standing not in get_args(Standing) or (layer.standing == "unchecked") != (not layer.checked):
        raise loaded.fault(f"a {what} that is unchecked, or calibrated or ranks by what was checked", layer.standing)
    values = _tensor(loaded, what, layer.values, device)
    _shaped(loaded, what, values, shape if layer.is_aligned else (shape[0], "h", "w"))
    return replace(layer, values=values, checked=_checked(loaded, what, layer.checked, shape[0]))


def _checked(loaded: LoadedTool, what: str, given: Any, n: int) -> dict[str, Any] | list[dict[str, Any]]:
    if isinstance(given, Mapping):
        return _plain(loaded, f"what was checked of {what}", given)
    if not _is_list_of(given, Mapping) or len(given) != n:
        raise loaded.fault(f"what was checked of {what} as a mapping, or {n} of them", _named(given))
    return [_plain(loaded, f"what was checked of {what}", one) for one in given]


def _reports(loaded: LoadedTool, reports: Any, n: int) -> list[dict[str, Any]]:
    """Return reports as they will be read again from JSON, which knows neither NaN nor infinity: they are null."""
    if not _is_list_of(reports, Mapping):
        raise loaded.fault("reports as a list of mappings", _named(reports))
    if len(reports) not in (0, n):
        raise loaded.fault(f"{n} reports, or none", str(len(reports)))
    return [_plain(loaded, "reports", report) for report in reports]


def _plain(loaded: LoadedTool, what: str, values: Mapping[str, Any]) -> dict[str, Any]:
    try:
        text = json.dumps(dict(values), default=_number)
        return dict(json.loads(text, parse_constant=lambda _word: None))
    except Exception as error:
        raise loaded.fault(f"{what} that JSON can hold", one_line(error)) from error


def _number(value: Any) -> Any:
    """Return numbers and arrays of numpy or torch as Python's."""
    if callable(getattr(value, "tolist", None)):
        return value.tolist()
    raise TypeError(f"a {type(value).__name__}")


def _artifacts(loaded: LoadedTool, artifacts: Any, n: int, device: torch.device) -> dict[str, Tensor]:
    if not isinstance(artifacts, Mapping) or not all(isinstance(name, str) for name in artifacts):
        raise loaded.fault("artifacts as a mapping from names to tensors", _named(artifacts))
    found = {name: _tensor(loaded, f"artifact {name!r}", values, device) for name, values in artifacts.items()}
    for name, values in found.items():
        if values.ndim < 2 or len(values) != n:
            raise loaded.fault(f"an artifact {name!r} of shape ({n}, …)", str(tuple(values.shape)))
    return found


def _is_list_of(values: Any, wanted: type) -> bool:
    is_list = isinstance(values, Sequence) and not isinstance(values, (str, bytes))
    return is_list and all(isinstance(value, wanted) for value in values)


def _named(value: object) -> str:
    return "none" if value is None else f"{type(value).__module__}.{type(value).__name__}".removeprefix("builtins.")
