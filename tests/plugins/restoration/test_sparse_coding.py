"""Sparse coding: its promises with either solver and dictionary."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.restoration.sparse_coding.descriptor import verilens_tools
from tests.support.photos import SharedPhotos, grey_photo
from tests.support.restoring import noisy, psnr, restoring, stripes

TOOL = verilens_tools()[0]
restore = restoring(TOOL)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("solver", ["omp", "lasso"])
@pytest.mark.parametrize("dictionary", ["dct", "learnt"])
def test_noise_goes(solver: str, dictionary: str, channels: int) -> None:
    clean = stripes(48, 56, channels)
    before = noisy(clean, 25.0)
    after = restore(before, sigma=25.0, solver=solver, dictionary=dictionary)
    assert psnr(after, clean) > psnr(before, clean) + 4.5


@pytest.mark.parametrize("params", [{"solver": "omp", "gain": 1.3}, {"solver": "lasso", "penalty": 4.0}])
def test_more_is_smoother(params: dict[str, Any]) -> None:
    before = noisy(stripes(64, 64), 25.0)
    usual = restore(before, sigma=25.0, dictionary="dct", solver=params["solver"])
    smooth = restore(before, sigma=25.0, dictionary="dct", **params)
    assert smooth.diff(dim=-1).square().mean() < usual.diff(dim=-1).square().mean()


@pytest.mark.parametrize("solver", ["omp", "lasso"])
def test_tiles_do_not_show(solver: str) -> None:
    image = noisy(stripes(70, 90), 25.0)
    whole, tiled = (restore(image, tile=tile, sigma=25.0, solver=solver, dictionary="dct") for tile in (None, 48))
    assert ((whole - tiled).abs() < 1e-5).float().mean() > 0.999


def test_learning_and_the_lasso_each_gain_on_house(photos: SharedPhotos) -> None:
    clean = grey_photo(photos("val/set12/02.png"))[..., 64:192, 64:192]
    before = noisy(clean, 25.0)
    plain = psnr(restore(before, sigma=25.0, dictionary="dct"), clean)
    assert psnr(restore(before, sigma=25.0, dictionary="learnt"), clean) > plain + 0.5
    assert psnr(restore(before, sigma=25.0, dictionary="dct", solver="lasso"), clean) > plain
