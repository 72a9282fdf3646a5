"""The guess of the sharp picture that a network makes, for the search from coarse to fine."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from desktop_app.numerics.blind import Guess, Turn
from desktop_app.numerics.differences import Gradients
from plugins.restoration.learnt_blind.network import quotient

__all__ = ["learnt_guess"]


def learnt_guess(network: Callable[[Tensor], Tensor], check: Callable[[], None]) -> Guess:
    """Return the guess by a `FeatureNet`; the kernel that it leads to is found by the search.

    Parameters
    ----------
    network : callable
        As `FeatureNet.forward`.
    check : callable
        Called in every turn; may raise to stop.
    """

    def guess(turn: Turn) -> Gradients:
        check()
        latent = quotient(turn.blurred, turn.kernels)
        check()
        horizontal, vertical = network(torch.stack([turn.blurred, latent], dim=1)).unbind(1)
        return horizontal, vertical

    return guess
