"""What a count says of the chance behind it."""

from __future__ import annotations

from math import exp, lgamma, log, log1p

__all__ = ["least_chance"]

_HALVINGS = 60


def least_chance(wins: int, draws: int, risk: float) -> float:
    """Return a chance that is at most the true one of a win, but for a risk: Clopper and Pearson's lower bound.

    It is the chance under which as many wins or more would be seen with a probability of just `risk` (Clopper, Pearson
    1934, doi:10.1093/biomet/26.4.404).

    Parameters
    ----------
    wins, draws : int
        How many of how many.
    risk : float
        The probability of being wrong, above 0 and below 1.

    Examples
    --------
    >>> round(least_chance(100, 100, 0.001), 4)
    0.9333
    """
    if wins == 0:
        return 0.0
    low, high = 0.0, wins / draws
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if _tail(wins, draws, middle) < risk else (low, middle)
    return low


def _tail(wins: int, draws: int, chance: float) -> float:
    """Return the probability of so many wins or more; terms by their ratio, from the first on, until they vanish."""
    if chance <= 0.0:
        return 0.0
    term = exp(_log_comb(draws, wins) + wins * log(chance) + (draws - wins) * log1p(-chance)) if chance < 1.0 else 1.0
    total = term
    for count in range(wins, draws):
        term *= (draws - count) / (count + 1) * chance / (1.0 - chance)
        total += term
        if term < 1e-17 * total:
            break
    return total


def _log_comb(draws: int, wins: int) -> float:
    return lgamma(draws + 1) - lgamma(wins + 1) - lgamma(draws - wins + 1)
