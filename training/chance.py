"""Random numbers that depend on a run's seed and on the number of a step alone."""

from __future__ import annotations

import numpy as np
import torch

__all__ = ["drawn_by", "seed_of"]


def seed_of(*numbers: int) -> int:
    """Return one seed below 2³² for several numbers of 0 or more, such as a run's seed and a step.

    torch's generator on the CPU reads 32 bits of its seed and no more: numbers that are put side by side in 64 would
    give every seed the same draws.
    """
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])


def drawn_by(*numbers: int) -> torch.Generator:
    """Return a generator on the CPU, by `seed_of` the numbers."""
    return torch.Generator().manual_seed(seed_of(*numbers))
