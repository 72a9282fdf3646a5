"""Values kept within those that were there before."""

from __future__ import annotations

from torch import Tensor

__all__ = ["held_within"]


def held_within(values: Tensor, source: Tensor) -> Tensor:
    """Return values of any shape with what lies beyond the smallest and largest of another photo cut off.

    Interpolation by cubics overshoots beside edges; what is resampled only is not to be brighter than it was.

    Examples
    --------
    >>> import torch
    >>> held_within(torch.tensor([-0.1, 0.4, 1.2]), torch.tensor([0.0, 1.0]))
    tensor([0.0000, 0.4000, 1.0000])
    """
    low, high = source.detach().aminmax()
    return values.clamp(low, high)
