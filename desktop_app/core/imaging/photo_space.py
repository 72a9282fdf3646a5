"""A photo's own colours as light, and back: what stands between its numbers and the sRGB that many tools assume."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from desktop_app.core.imaging.colour import linear_to_srgb, srgb_to_linear

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    Converted = Callable[[Tensor], Tensor]

__all__ = ["LIGHT", "SRGB_SPACE", "PhotoSpace", "photo_space"]

_STEPS = 1025  # of a measured curve
_STEPS_BACK = 16385  # of its way back, which is steep near black
_SAME_LIGHT = 2e-5  # of white's 1: a curve that is described by a formula
_SAME_NUMBER = 0.002  # half a step of eight bits
_ADDS_UP = 2e-3
_LEAST = 1e-12  # no gradient of a power is asked for nearer to 0
_STRIP = 1 << 15  # pixels that stay in a core's cache


@dataclass(frozen=True)
class Curve:
    """What numbers of a channel mean as light, and back: functions of tensors of any shape, mirrored about 0."""

    light: Converted
    number: Converted


@dataclass(frozen=True, eq=False)
class PhotoSpace:
    """The space that a photo's numbers are of.

    Numbers outside [0, 1], and colours outside sRGB (which become light outside [0, 1]), come back as they were, to the
    rounding of float32. Gradients flow.

    Parameters
    ----------
    curves : tuple of Curve
        One for all channels, or one for each of three.
    matrix : tuple of float
        From linear light of its primaries to that of sRGB's, row by row; empty where these are the same, or in grey.
    """

    curves: tuple[Curve, ...]
    matrix: tuple[float, ...] = ()

    def light(self, images: Tensor) -> Tensor:
        """Return numbers ``(N, C, H, W)`` of any floating dtype as linear light of sRGB's primaries."""
        return _mixed(self._curved("light", images), self.matrix)

    def numbers(self, light: Tensor) -> Tensor:
        """Return linear light ``(N, C, H, W)`` of any floating dtype as this space's numbers: the way back."""
        import numpy as np

        inverse = np.linalg.inv(np.reshape(self.matrix, (3, 3))).ravel().tolist() if self.matrix else ()
        return self._curved("number", _mixed(light, inverse))

    def _curved(self, way: str, images: Tensor) -> Tensor:
        import torch

        if len(self.curves) == 1:
            curved: Tensor = getattr(self.curves[0], way)(images)
            return curved
        each = [getattr(curve, way)(images[:, [channel]]) for channel, curve in enumerate(self.curves)]
        return torch.cat(each, 1)


SRGB_SPACE = PhotoSpace((Curve(srgb_to_linear, linear_to_srgb),))
"""sRGB's own, in colour and grey: also what a photo without a profile is taken for."""

LIGHT = PhotoSpace((Curve(lambda light: light, lambda light: light),))
"""Linear light of sRGB's primaries."""


@lru_cache(maxsize=16)
def photo_space(icc: bytes | None, channels: int) -> PhotoSpace | None:
    """Return the space that a profile describes; `SRGB_SPACE` where its numbers are sRGB's, or there is none.

    It is asked for colours and not read: tables, curves and versions of all kinds are then one.

    Parameters
    ----------
    icc : bytes or None
        The profile.
    channels : int
        How many the photo has, 1 or 3.

    Returns
    -------
    PhotoSpace or None
        None where primaries and a curve per channel do not say it, or the profile is of other colours than the photo.
    """
    import numpy as np

    if icc is None:
        return SRGB_SPACE
    try:
        measured = _measured(icc, channels)
    except (RuntimeError, ValueError):  # a damaged profile, or one of another colour space
        return None
    if measured is None:
        return None
    curves, columns = measured
    matrix = () if channels == 1 else tuple(np.linalg.solve(_srgb_columns(), columns).ravel().tolist())
    space = PhotoSpace(tuple(map(_curve, curves)), matrix)
    return SRGB_SPACE if _is_srgb(space, channels) else space


def in_strips(convert: Callable[..., Tensor], *images: Tensor) -> Tensor:
    """Return what a function of single pixels makes of pictures ``(N, C, H, W)`` of one shape and floating dtype.

    On a processor it goes piece by piece, as large as its cache.
    """
    import torch

    first = images[0]
    rows = max(1, _STRIP // max(1, first.shape[-1]))
    if rows >= first.shape[-2] or first.device.type != "cpu" or any(each.requires_grad for each in images):
        return convert(*images)
    made = torch.empty_like(first)
    for index in range(len(first)):
        for top in range(0, first.shape[-2], rows):
            place = slice(index, index + 1), slice(None), slice(top, top + rows)
            made[place] = convert(*(each[place] for each in images))
    return made


def _mixed(images: Tensor, matrix: tuple[float, ...] | list[float]) -> Tensor:
    """Return the channels times a matrix; by plain sums, as a device's fast products are of fewer digits."""
    import torch

    if not matrix:
        return images
    red, green, blue = images.unbind(1)
    return torch.stack([matrix[row] * red + matrix[row + 1] * green + matrix[row + 2] * blue for row in (0, 3, 6)], 1)


def _measured(icc: bytes, channels: int) -> tuple[list[NDArray[np.float64]], NDArray[np.float64]] | None:
    """Return each channel's curve and the columns ``(3, C)`` of its full light in XYZ; None where these do not add up.

    Equal curves are one.
    """
    import numpy as np

    ramp = np.linspace(0, 1, _STEPS)
    each = np.eye(channels)
    columns = _xyz(each, icc).T
    curves = [_xyz(ramp[:, None] * one, icc) @ column / (column @ column) for one, column in zip(each, columns.T,
                                                                                                 strict=True)]
    if not all(_is_rising(curve) for curve in curves):
        return None
    few = range(0, _STEPS, _STEPS // 4)
    cube = np.stack(np.meshgrid(*[few] * channels, indexing="ij"), -1).reshape(-1, channels)
    expected = np.stack([curve[cube[:, place]] for place, curve in enumerate(curves)], -1) @ columns.T
    if np.abs(expected - _xyz(ramp[cube], icc)).max() > _ADDS_UP:
        return None
    is_one = all(np.abs(curve - curves[0]).max() <= _SAME_LIGHT for curve in curves)
    return curves[:1] if is_one else curves, columns


def _is_rising(curve: NDArray[np.float64]) -> bool:
    import numpy as np

    return bool(np.isfinite(curve).all() and abs(curve[0]) <= _ADDS_UP and (np.diff(curve) >= 0).all())


def _xyz(colours: NDArray[np.float64], icc: bytes) -> NDArray[np.float64]:
    """Return colours ``(N, C)`` of a profile as ``(N, 3)`` of XYZ (D50)."""
    import imagecodecs
    import numpy as np

    is_grey = colours.shape[1] == 1
    found: NDArray[np.float64] = imagecodecs.cms_transform(
        np.ascontiguousarray(colours[None, :, 0] if is_grey else colours[None]), icc, imagecodecs.cms_profile("xyz"),
        colorspace="gray" if is_grey else "rgb", outcolorspace="xyz", outdtype="float64", intent=1)[0]
    return found


def _srgb_columns() -> NDArray[np.float64]:
    import imagecodecs
    import numpy as np

    return _xyz(np.eye(3), bytes(imagecodecs.cms_profile("srgb"))).T


def _curve(light: NDArray[np.float64]) -> Curve:
    """Return a measured curve: by its formula, so that it goes on beyond white, or by what was measured."""
    import numpy as np

    ramp = np.linspace(0, 1, len(light))
    if np.abs(srgb_to_linear(ramp) - light).max() <= _SAME_LIGHT:
        return SRGB_SPACE.curves[0]
    middle = light[len(light) // 2]
    gamma = round(float(np.log2(1 / middle)), 4) if middle > 0 else 0.0
    if gamma > 0 and np.abs(ramp**gamma - light).max() <= _SAME_LIGHT:
        return Curve(partial(_to_power, power=gamma), partial(_to_power, power=1 / gamma))
    back = np.interp(srgb_to_linear(np.linspace(0, 1, _STEPS_BACK)), light, ramp)
    return Curve(partial(_beyond_white, inside=partial(_between, heights=light)),
                 partial(_beyond_white, inside=lambda values: _between(linear_to_srgb(values), back)))


def _to_power(values: Tensor, power: float) -> Tensor:
    if power == 1.0:
        return values
    return values.sign() * values.abs().clamp(min=_LEAST) ** power


def _beyond_white(values: Tensor, inside: Converted) -> Tensor:
    """Return a curve that is known from -1 to 1, going on as steep as 1."""
    known = values.clamp(-1.0, 1.0)
    return inside(known) + (values - known)


def _between(values: Tensor, heights: NDArray[np.float64]) -> Tensor:
    """Return what lies between points at equal steps from 0 to 1, mirrored about 0."""
    import torch

    points, steps = torch.from_numpy(heights).to(values), len(heights) - 1
    place = values.abs() * steps
    left = place.detach().to(torch.int32).clamp_(max=steps - 1).flatten()
    low, high = (points.index_select(0, at).view(values.shape) for at in (left, left + 1))
    return values.sign() * torch.lerp(low, high, place - left.view(values.shape))


def _is_srgb(space: PhotoSpace, channels: int) -> bool:
    import numpy as np
    import torch

    steps: Any = np.linspace(0, 1, 9)
    cube = np.stack(np.meshgrid(*[steps] * channels, indexing="ij"), 0).reshape(1, channels, -1, 1)
    given = torch.from_numpy(cube)
    return float((linear_to_srgb(space.light(given)) - given).abs().max()) <= _SAME_NUMBER
