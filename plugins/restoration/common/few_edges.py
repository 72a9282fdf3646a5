"""The guess that most blind methods share: a picture with few edges, whose price falls from turn to turn."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from desktop_app.numerics.blind import Guess, Turn
from desktop_app.numerics.differences import Gradients, gradients
from desktop_app.numerics.l0 import deconvolve_l0

EDGE_PRICE = 0.008
"""For photos in [0, 1]."""
_DECAY = 1.1  # of prices from turn to turn
_LOWEST_PRICE = 1e-4


def price_at(turn: Turn, price: float) -> float:
    """Return what a first price has fallen to: the surer the kernel, the weaker the edges that count."""
    return max(price / _DECAY**turn.number, _LOWEST_PRICE)


def few_edges(edge_price: float, check: Callable[[], None]) -> Guess:
    """Return the guess that minimises ``‖M ⊗ x - y‖² + price · ‖∇x‖₀`` (Xu 2013, eq. 4 and 7).

    Parameters
    ----------
    edge_price : float
        In the first turn.
    check : callable
        Called in every step; may raise to stop.
    """

    def guess(turn: Turn) -> Gradients:
        latent: Tensor = deconvolve_l0(turn.blurred, turn.kernels, price_at(turn, edge_price), check)
        return gradients(latent)

    return guess
