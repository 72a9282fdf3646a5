"""A classifier that gives probabilities where logits are expected: how that shows, and what it spoils."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["ATTACKED", "QUESTIONED", "are_shares"]

ATTACKED = "the model gives probabilities, on which gradients vanish: attack the logits, before its softmax"
"""What a report of an attack says of it."""

QUESTIONED = (
    "the model gives probabilities where logits are expected: it looks far less sure than it is; ask for its logits, "
    "before its softmax"
)
"""What a report on its answers says of it."""

_TOLERANCE = 1e-3  # of a sum of probabilities in low precision


def are_shares(answers: Tensor) -> bool:
    """Return whether answers ``(N, K)`` of any floating dtype are all probabilities: none below 0, sums of 1.

    One class alone tells nothing, and neither do no photos.
    """
    if answers.ndim != 2 or not answers.numel() or answers.shape[1] < 2:
        return False
    return bool((answers >= 0).all()) and bool(((answers.float().sum(1) - 1.0).abs() < _TOLERANCE).all())
