"""Shakes to learn from: drawn by the generator alone, as long as they are said to be, no brighter than the photo."""

from __future__ import annotations

import torch
from torch import Tensor

from desktop_app.numerics.shakes import random_path
from plugins.restoration.common.multiscale_unet import build
from training.chance import drawn_by
from training.lessons.deblur_multiscale import loss, pairs
from training.shakes import shaken


def _photo(side: int = 96) -> Tensor:
    return torch.rand((1, 3, side, side), generator=torch.Generator().manual_seed(3))


def test_a_shake_is_drawn_by_the_generator_alone() -> None:
    first, again, other = (shaken(_photo(), drawn_by(seed), 12.0) for seed in (1, 1, 2))
    assert first.equal(again)
    assert not first.equal(other)


def test_shakes_blur_and_keep_the_light() -> None:
    photo = _photo()
    found = [shaken(photo, drawn_by(seed), 12.0) for seed in range(12)]
    means = torch.stack([one.mean() for one in found])
    assert float((means - photo.mean()).abs().max()) < 0.1  # in linear light averages of noise are brighter
    assert sum(float(one.std()) < 0.7 * float(photo.std()) for one in found) >= 10


def test_a_network_that_starts_from_the_trunk_learns_in_a_few_steps() -> None:
    """The loss of one batch falls: all scales are trained, and the guide's weights leave zero."""
    torch.manual_seed(0)
    network = build()
    pair = pairs(_photo(64).expand(2, -1, -1, -1), drawn_by(4))
    optimizer, values = torch.optim.Adam(network.parameters(), lr=1e-3), []
    for _ in range(4):
        value = loss(network, pair)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        values.append(float(value.detach()))
    assert values[-1] < values[0]
    assert bool(network.guide.weight.any())


def test_paths_differ_and_are_as_long_as_asked() -> None:
    first, other = (random_path(9.0, drawn_by(seed)) for seed in (1, 2))
    assert not first.equal(other)
    for path in (first, other):
        assert abs(float((path.amax(0) - path.amin(0)).max()) - 9.0) < 1e-4
