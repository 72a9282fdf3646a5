"""Temperature scaling: one number that logits are divided by (Guo 2017, arXiv:1706.04599, section 4.2)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

__all__ = ["COLDEST", "fitted_temperature"]

_HOTTEST = 20.0
COLDEST = 1.0 / _HOTTEST
"""What is found where the lower the temperature, the better: of logits that are right for every photo."""
_SECTIONS = 60


def fitted_temperature(logits: Tensor, classes: Tensor) -> float:
    """Return the temperature in (0.05, 20) under which logits ``(N, K)`` give classes ``(N,)`` int64 the least NLL.

    In 1/T the NLL is convex: its least value is found by golden sections.
    """
    values, classes = logits.cpu().double(), classes.cpu()  # not every device has double precision
    low, high = 1.0 / _HOTTEST, _HOTTEST
    golden = (5.0**0.5 - 1.0) / 2.0
    for _ in range(_SECTIONS):
        left, right = high - golden * (high - low), low + golden * (high - low)
        if F.cross_entropy(values * left, classes) < F.cross_entropy(values * right, classes):
            high = right
        else:
            low = left
    return max(COLDEST, min(_HOTTEST, 2.0 / (low + high)))
