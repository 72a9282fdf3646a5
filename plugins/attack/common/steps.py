"""The direction in which a loss rises fastest within a norm."""

from __future__ import annotations

from torch import Tensor

from desktop_app.numerics.projections import Norm, lengths

_TINY = 1e-12  # keeps the direction of a zero gradient finite


def steepest(gradient: Tensor, norm: Norm) -> Tensor:
    """Return steps of length 1 in a norm, along gradients ``(N, C, H, W)`` float32: signs in L∞, units in L2."""
    return gradient.sign() if norm == "linf" else gradient / lengths(gradient).clamp_min(_TINY)
