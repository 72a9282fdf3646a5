"""Where an attack begins: a point drawn evenly from its budget, the same for a sample whatever its batch."""

from __future__ import annotations

from torch import Tensor

from desktop_app.api import Run
from desktop_app.numerics.projections import Norm, lengths, within

_TINY = 1e-12  # keeps the direction of nothing finite


def uniform_offset(images: Tensor, norm: Norm, radius: float, run: Run) -> Tensor:
    """Return changes ``(N, C, H, W)`` drawn evenly from the ball, in values.

    Parameters
    ----------
    images : Tensor
        ``(N, C, H, W)`` float32, for their shape and device.
    norm : Norm
        Of the ball.
    radius : float
        In values.
    run : Run
        Its seeds decide.
    """
    if norm == "linf":
        return (2.0 * run.rand(images) - 1.0) * radius
    if norm == "l2":
        direction = run.randn(images)
        fraction = run.rand(images[:, :1, :1, :1]) ** (1.0 / images[0].numel())  # volume grows as radius^dimension
        return direction / lengths(direction).clamp_min(_TINY) * fraction * radius
    # shares of D of D + 1 exponential numbers, with signs, are even in the L1 ball
    sizes, rest = (-(-run.rand(part)).log1p() for part in (images, images[:, :1, :1, :1]))
    total = sizes.sum((1, 2, 3), keepdim=True) + rest
    return sizes.copysign(run.rand(images) - 0.5) / total.clamp_min(_TINY) * radius


def uniform_start(clean: Tensor, norm: Norm, radius: float, run: Run) -> Tensor:
    """Return photos drawn evenly from the budget around ``(N, C, H, W)`` in [0, 1], clipped to [0, 1]."""
    return within(clean + uniform_offset(clean, norm, radius, run), clean, norm, radius)
