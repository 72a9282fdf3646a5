"""Values of any range put between black and white: the same for arrays and tensors, to the last bit."""

from __future__ import annotations

from typing import Any, TypeVar

__all__ = ["levelled"]

Values = TypeVar("Values")  # numpy arrays and torch tensors, float32 of any shape


def levelled(values: Values, low: float, high: float, full_scale: float) -> Values:
    """Return values of which `low` is 0 and `high` is 1; those beyond stay beyond.

    Parameters
    ----------
    values : ndarray or Tensor
        Float32 of any shape.
    low, high : float
        In the numbers of a file.
    full_scale : float
        The number of the file that a value of 1 stands for.
    """
    numbers: Any = values
    if full_scale != 1:
        numbers = numbers * full_scale
    put: Values = (numbers - low) * (1.0 / (high - low))
    return put
