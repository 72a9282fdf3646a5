"""Turn a checked result into a finished step: arrays instead of tensors, the mask blended, the report complete."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from desktop_app.api.errors import ParameterError
from desktop_app.core.imaging.raster import Raster, from_planes
from desktop_app.core.jobs.request import MapLayer, Outcome, StepRecord
from desktop_app.core.kinds import traits_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from desktop_app.api.results import Map, Result


def check_mask(tool_id: str, scale: int | Fraction, mask: NDArray[np.float32] | None, raster: Raster) -> None:
    """Refuse a mask that cannot be laid over the result.

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
    if scale != 1:
        raise ParameterError(f"expected a tool that keeps the size with a mask, got {tool_id}; leave the mask out")


def outcome_of(
    record: StepRecord, result: Result, raster: Raster, mask: NDArray[np.float32] | None, *, exact_16: bool
) -> Outcome:
    """Return the finished step.

    Parameters
    ----------
    record : StepRecord
        How it was made.
    result : Result
        Checked; of one sample.
    raster : Raster
        What the tool was given; its alpha goes with the result where the size is the same.
    mask : ndarray, optional
        ``(H, W)``: 1 where the result counts, 0 where the photo stays.
    exact_16 : bool
        Whether values in [0, 1] are kept as uint16.
    """
    return Outcome(
        record,
        None if result.image is None else _picture(result, raster, mask, exact_16),
        tuple(_layer(layer) for layer in result.maps),
        _report(record, result.reports[0] if result.reports else {}),
        {name: _array(value) for name, value in result.artifacts.items()},
    )


def _picture(result: Result, raster: Raster, mask: NDArray[np.float32] | None, exact_16: bool) -> Raster:
    planes = _array(result.image)
    if mask is not None:
        before = raster.planes()
        planes = before + mask * (planes - before)
    same_size = planes.shape[1:] == (raster.height, raster.width)
    return from_planes(planes, raster.alpha if same_size else None, exact_16=exact_16)


def _layer(layer: Map) -> MapLayer:
    values = _array(layer.values)
    return MapLayer(
        layer.name, layer.kind, layer.unit, layer.meaning, layer.colormap, values, is_aligned=layer.is_aligned
    )


def _array(tensor: Any) -> NDArray[np.float32]:
    """Return the first sample as a float32 array."""
    values: NDArray[np.float32] = tensor.detach()[0].float().cpu().contiguous().numpy()
    return values


def _report(record: StepRecord, own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tool's report with what the host knows: the model, and the method."""
    if not traits_of(record.kind).measures:
        return dict(own)
    host = {"method": record.tool} | ({"model": record.model} if record.model else {})
    return {**host, **own}
