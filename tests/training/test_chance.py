"""Every seed and every step draws numbers of its own."""

from __future__ import annotations

import torch

from training.chance import drawn_by, seed_of


def test_seeds_and_steps_draw_differently_and_again_the_same() -> None:
    seeds = {seed_of(seed, step) for seed in range(20) for step in range(50)}
    assert len(seeds) == 1000
    assert all(0 <= seed < 1 << 32 for seed in seeds)
    assert torch.equal(torch.rand(4, generator=drawn_by(3, 7)), torch.rand(4, generator=drawn_by(3, 7)))
    assert not torch.equal(torch.rand(4, generator=drawn_by(3, 7)), torch.rand(4, generator=drawn_by(4, 7)))
