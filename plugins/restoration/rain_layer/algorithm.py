"""Rain removal by priors on two layers: the photo is a background and a layer of streaks, ``I = B + R``.

Streaks are bright in every colour, thin, sparse, and go on in one direction; the background has no reason to change
from side to side just where they do. R, one for all colours, minimises
``‖∂ₓ(m - R)‖₁ + λ₁ ‖∂_θ R‖₁ + λ₂ ‖R‖₁`` over ``R ≥ 0``, with m the darkest colour of each pixel (in which whatever is
bright but coloured does not show) and θ the rain's direction. Texture gets into R too, but does not go on along θ: of R
is taken what its mean along the rain bears out, unless it is faint, and the rest stays in the photo.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, radians, tan

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.api import Map, Result, Run
from plugins.restoration.rain_layer.descriptor import ALONG, RainLayerParams
from plugins.restoration.rain_layer.direction import rain_angle

_DUAL_STEP, _PRIMAL_STEP = 0.15, 0.8  # their product is below 1/8, the inverse of the bound on ‖K‖²

_BORNE_OUT = 1.8  # times the mean along the rain: what more there is in a place is texture's
_FAINT, _STEEP = 20.0 / 255.0, 4.0  # texture is as faint as the faintest streaks; from a third more on all is taken


def prepare(images: Tensor, params: RainLayerParams, run: Run) -> list[float]:
    """Return each photo's direction of rain in degrees: as given, else found."""
    if params.angle is not None:
        return [params.angle] * len(images)
    return [rain_angle(image.detach().amin(0), run.check) for image in images]


def run(images: Tensor, params: RainLayerParams, run: Run) -> Result:
    """Take rain away from photos ``(N, C, H, W)``.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32, nominally in [0, 1]; values outside are kept.
    params : RainLayerParams
        Strength, direction, widest streak, straightness, steps. With a strength of 0 the photo comes back as it was.
    run : Run
        Its ``prepared`` holds every photo's direction.

    Returns
    -------
    Result
        The background, and what was taken away as a map.
    """
    with torch.no_grad():
        rain = [
            _borne_out(_streaks(image.amin(0), angle, params, run), angle)
            for image, angle in zip(images, run.prepared, strict=True)
        ]
        layer = torch.stack(rain).mul_(params.strength)
        background = images - layer[:, None]
    return Result(image=background, maps=[_map(layer)], reports=[{"angle": angle} for angle in run.prepared])


@dataclass(frozen=True)
class _Slant:
    """The derivative along the rain: one row down and `t` pixels to the right, linearly between two columns."""

    near: int  # columns to the right of the nearer one, -1 or 0
    share: float  # of the farther one

    def difference(self, plane: Tensor) -> Tensor:
        """Return ``(H - 1, W - 1)`` differences: what lies further down the rain, less what lies here."""
        below = plane[1:]
        return torch.lerp(below[:, :-1], below[:, 1:], self.share).sub_(self._here(plane))

    def add_adjoint(self, total: Tensor, dual: Tensor) -> None:
        """Add the adjoint of `difference`, applied to `dual`."""
        below = total[1:]
        below[:, :-1].add_(dual, alpha=1.0 - self.share)
        below[:, 1:].add_(dual, alpha=self.share)
        self._here(total).sub_(dual)

    def _here(self, plane: Tensor) -> Tensor:
        return plane[:-1, 1:] if self.near < 0 else plane[:-1, :-1]


def slant_of(angle: float) -> _Slant:
    """Return the derivative along a direction of -45 to 45 degrees from straight down."""
    right = tan(radians(angle))
    near = ceil(right) - 1 if right > 0 else -1
    return _Slant(near, min(max(right - near, 0.0), 1.0))


def _streaks(darkest: Tensor, angle: float, params: RainLayerParams, run: Run) -> Tensor:
    """Return the rain layer R ``(H, W)`` after a number of primal-dual steps (Chambolle 2011, algorithm 1)."""
    if min(darkest.shape) < 2 or params.strength == 0:
        return torch.zeros_like(darkest)
    slant = slant_of(angle)
    sparsity = 2.0 / params.width  # λ₂: a streak of this width costs as much in R as its two sides do in B
    slopes = darkest[:, 1:] - darkest[:, :-1]
    rain, ahead = torch.zeros_like(darkest), torch.zeros_like(darkest)
    across, along = torch.zeros_like(slopes), torch.zeros_like(slopes[1:])
    for step in range(params.steps):
        run.progress(step / params.steps, "telling rain from the photo")
        unexplained = (ahead[:, 1:] - ahead[:, :-1]).sub_(slopes)
        across.add_(unexplained, alpha=_DUAL_STEP).clamp_(-1.0, 1.0)
        along.add_(slant.difference(ahead), alpha=_DUAL_STEP).clamp_(-params.straightness, params.straightness)
        pull = torch.full_like(rain, sparsity)
        pull[:, 1:].add_(across)
        pull[:, :-1].sub_(across)
        slant.add_adjoint(pull, along)
        before = rain
        rain = before.sub(pull, alpha=_PRIMAL_STEP).clamp_(min=0.0)
        ahead = torch.add(rain, before.neg_(), out=before).add_(rain)
    return rain


def _borne_out(rain: Tensor, angle: float) -> Tensor:
    """Return the layer without what does not go on along the rain, and without what is faint; strong streaks whole."""
    steady = rain.minimum(_BORNE_OUT * mean_along(rain, angle))
    return steady.minimum(_STEEP * (steady - _FAINT).clamp_(min=0.0))


def mean_along(plane: Tensor, angle: float) -> Tensor:
    """Return the mean of a plane ``(H, W)`` over `ALONG` rows up and down the rain; its borders go on outside."""
    (height, width), border = plane.shape, ALONG + 1
    padded = F.pad(plane[None, None], (border, border, ALONG, ALONG), mode="replicate")[0, 0]
    total = torch.zeros_like(plane)
    for down in range(-ALONG, ALONG + 1):
        right = down * tan(radians(angle))
        left, rows = border + floor(right), padded[ALONG + down :][:height]
        total += torch.lerp(rows[:, left : left + width], rows[:, left + 1 :][:, :width], right - floor(right))
    return total / (2 * ALONG + 1)


def _map(values: Tensor) -> Map:
    return Map(
        name="rain", values=values * 255.0, kind="difference", unit="levels", colormap="viridis",
        meaning="How much light was taken away as rain; high is a bright streak.",
    )
