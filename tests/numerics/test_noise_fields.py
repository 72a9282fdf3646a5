"""Counts and clouds: their statistics, and that a generator decides them."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from desktop_app.api import Cancelled
from desktop_app.numerics.noise_fields import plasma, poisson, uniform


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def nothing() -> None:
    """Never stop."""


def test_counts_have_their_mean_as_mean_and_variance() -> None:
    counts = poisson(torch.full((300, 300), 7.0), generator(), nothing)
    assert float(counts.mean()) == pytest.approx(7.0, rel=0.01)
    assert float(counts.var()) == pytest.approx(7.0, rel=0.03)
    assert counts.equal(counts.round())


def test_a_negative_mean_counts_nothing_and_the_mean_is_left_alone() -> None:
    mean = torch.tensor([-1.0, 5.0])
    assert float(poisson(mean, generator(), nothing)[0]) == 0.0
    assert mean.tolist() == [-1.0, 5.0]


def test_counting_can_be_stopped() -> None:
    def stop() -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        poisson(torch.ones(4), generator(), stop)


def test_uniform_numbers_lie_between_their_ends() -> None:
    values = uniform((1000,), generator(), -3.0, 5.0)
    assert -3.0 <= float(values.min()) < -2.9
    assert 4.9 < float(values.max()) <= 5.0


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (224, 224), (37, 300), (1500, 1100)])
def test_a_cloud_fills_any_size(size: tuple[int, int]) -> None:
    cloud = plasma(*size, generator(), decay=4.0)
    assert cloud.shape == (1, 1, *size)
    assert 0.0 <= float(cloud.min()) <= float(cloud.max()) <= 1.0


def test_a_cloud_is_softer_with_more_decay_and_comes_from_its_generator() -> None:
    def roughness(cloud: Tensor) -> float:
        return float(cloud.diff(dim=-1).abs().mean())

    soft, rough = (plasma(256, 256, generator(3), decay=decay) for decay in (4.0, 1.5))
    assert roughness(soft) < 0.5 * roughness(rough)
    assert plasma(256, 256, generator(3), decay=4.0).equal(soft)
    assert not plasma(256, 256, generator(4), decay=4.0).equal(soft)
