"""Distances to a region, beside SciPy's."""

from __future__ import annotations

import pytest
import torch
from scipy.ndimage import distance_transform_edt

from desktop_app.api import Cancelled
from desktop_app.numerics.distances import distance_to


def nothing() -> None:
    """Never stop."""


@pytest.mark.parametrize(("share", "size"), [(0.2, (20, 31)), (0.01, (50, 40)), (0.002, (60, 90)), (0.5, (1, 17))])
def test_they_are_exact(share: float, size: tuple[int, int]) -> None:
    region = torch.rand(size, generator=torch.Generator().manual_seed(2)) < share
    region[-1, -1] = True
    expected = torch.from_numpy(distance_transform_edt(~region.numpy())).float()
    torch.testing.assert_close(distance_to(region, nothing), expected)


def test_beyond_a_limit_they_are_all_the_same() -> None:
    region = torch.zeros(30, 30, dtype=torch.bool)
    region[0, 0] = True
    near = distance_to(region, nothing, 5.0)
    torch.testing.assert_close(near, distance_to(region, nothing).clamp(max=5.0))


def test_a_region_that_is_empty_is_farther_than_anything() -> None:
    assert float(distance_to(torch.zeros(3, 4, dtype=torch.bool), nothing).min()) == 5.0


def test_it_can_be_stopped() -> None:
    def stop() -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        distance_to(torch.eye(9, dtype=torch.bool), stop)
