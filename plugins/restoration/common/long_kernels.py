"""The kernel of a long shake: several attempts, and what they agree on.

Where the photo is only a few times larger than the blur, the way from coarse to fine is chaotic: a little rounding
decides where it ends. No single attempt is to be relied on. What is wrong in attempts differs from one to the next and
goes in their mean; where only one of them found the way, the mean is worse than that.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from desktop_app.numerics.kernel_estimation import centred, cleaned, moved

__all__ = ["LONG_BOLDNESS", "means_of"]

LONG_BOLDNESS = (1.0, 4.0, 1.6, 2.5)
"""Long blurs leave only strong edges. The first two find the size; see `kernel_search.BOLDNESS`."""
_ROUNDS = 2  # of aligning to the mean of the round before


def means_of(kernels: Sequence[Tensor]) -> list[Tensor]:
    """Return the means of all kernels ``(k, k)`` of one size, and of all but one; none of fewer than three."""
    if len(kernels) < 3:
        return []
    others = [[*kernels[:left_out], *kernels[left_out + 1 :]] for left_out in range(len(kernels))]
    return [_mean(group) for group in (list(kernels), *others)]


def _mean(kernels: Sequence[Tensor]) -> Tensor:
    middle = kernels[0]
    for _ in range(_ROUNDS):
        middle = torch.stack([_aligned(kernel, middle) for kernel in kernels]).mean(0)
    return centred(cleaned(middle[None]))[0]


def _aligned(kernel: Tensor, other: Tensor) -> Tensor:
    """Return a kernel moved by the whole pixels at which it is most like another: it is known up to a shift."""
    period = (2 * len(kernel), 2 * len(kernel))
    product = torch.fft.rfft2(other, s=period) * torch.fft.rfft2(kernel, s=period).conj()
    down, right = divmod(int(torch.fft.irfft2(product, s=period).argmax()), period[1])
    return moved(kernel, *(shift - period[0] if shift > len(kernel) else shift for shift in (down, right)))
