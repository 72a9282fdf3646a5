"""Turn a checked result into finished steps: arrays instead of tensors, alpha and the host's words added."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from desktop_app.api.errors import ParameterError
from desktop_app.core.imaging.noticeable import NOTHING, is_nothing
from desktop_app.core.imaging.raster import Raster, convert_depth, from_planes
from desktop_app.core.jobs.request import MapLayer, Outcome, StepRecord
from desktop_app.core.kinds import traits_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from desktop_app.api.results import Map, Result
    from desktop_app.core.jobs.loaded import Sizes


_ASKED = ("uncertainty", "attribution")  # of a change, the judge and the scores say it


def check_mask(tool_id: str, sizes: Sizes, mask: NDArray[np.float32] | None, raster: Raster) -> None:
    """Refuse a mask, ``(H, W)`` float32 in [0, 1], that cannot be laid over the result.

    Raises
    ------
    ParameterError
        If its size is not the photo's, its values are not finite, or the tool changes the photo's size.
    """
    if mask is None:
        return
    import numpy as np

    if mask.shape != (raster.height, raster.width):
        got = f"{mask.shape[1]}×{mask.shape[0]}"
        raise ParameterError(f"expected a mask of {raster.width}×{raster.height} pixels, got {got}; resize it")
    if not np.isfinite(mask).all():
        raise ParameterError("expected a mask of finite values, got NaN or infinite ones; mend it first")
    if not sizes.keeps_size:
        raise ParameterError(f"expected a tool that keeps the size with a mask, got {tool_id}; leave the mask out")


def outcome_of(
    record: StepRecord, result: Result, index: int, alpha: NDArray[np.generic] | None, *, exact_16: bool
) -> Outcome:
    """Return the finished step of one photo of a stack.

    Parameters
    ----------
    record : StepRecord
        How it was made.
    result : Result
        Checked.
    index : int
        Which sample.
    alpha : ndarray, optional
        The transparency ``(H, W)``, in the result's frame; another size is resized.
    exact_16 : bool
        Whether values in [0, 1] are kept as uint16.
    """
    maps = tuple(_layer(layer, index) for layer in result.maps)
    return Outcome(
        replace(record, notes=(*record.notes, *_unnoticed(maps))),
        None if result.image is None else _picture(result.image[index], alpha, exact_16),
        maps,
        _report(record, result.reports[index] if result.reports else {}),
        {name: _array(values[index]) for name, values in result.artifacts.items()},
    )


def _unnoticed(maps: Sequence[MapLayer]) -> Iterator[str]:
    """Yield a sentence on each map of an uncertainty or attribution that stays below what is noticeable."""
    for layer in maps:
        ends = float(layer.values.min()), float(layer.values.max())
        if layer.kind in _ASKED and is_nothing(layer.unit, layer.values.size, *ends):
            yield f"The map “{layer.name}” shows {NOTHING}: at most {max(map(abs, ends)):.2g} {layer.unit}."


def _picture(image: Tensor, alpha: NDArray[np.generic] | None, exact_16: bool) -> Raster:
    planes = _array(image)
    height, width = planes.shape[1:]
    return from_planes(planes, _resized(alpha, height, width), exact_16=exact_16)


def _resized(alpha: NDArray[np.generic] | None, height: int, width: int) -> NDArray[np.generic] | None:
    """Return an alpha plane of another size, by area where it gets smaller; linear, so that nothing overshoots."""
    if alpha is None or alpha.shape == (height, width):
        return alpha
    import torch
    from torch.nn.functional import interpolate

    plane = torch.from_numpy(convert_depth(alpha, "32f").astype("float32"))[None, None]
    values: NDArray[np.generic] = interpolate(plane, (height, width), mode="bilinear", antialias=True)[0, 0].numpy()
    return values


def _layer(layer: Map, index: int) -> MapLayer:
    checked = layer.checked if isinstance(layer.checked, Mapping) else layer.checked[index]
    return MapLayer(
        layer.name, layer.kind, layer.unit, layer.meaning, layer.colormap, _array(layer.values[index]),
        is_aligned=layer.is_aligned, standing=layer.standing, checked=checked,
    )


def _array(tensor: Tensor) -> NDArray[np.float32]:
    """Return one sample as a float32 array."""
    values: NDArray[np.float32] = tensor.detach().float().cpu().contiguous().numpy()
    return values


def _report(record: StepRecord, own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tool's report with what the host knows: the model, and the method; what is to be said first, first."""
    if not traits_of(record.kind).measures:
        return dict(own)
    first = {"headline": own["headline"]} if own.get("headline") else {}
    host = {"method": record.tool} | ({"model": record.model} if record.model else {})
    return {**first, **host, **own}
