"""BM3D: better than its noise, blind to tiles, and as good as published."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import Tensor

from desktop_app.numerics.borders import pad_to_grid
from desktop_app.numerics.transforms import cosine_transform
from plugins.restoration.bm3d import algorithm
from plugins.restoration.bm3d.descriptor import verilens_tools
from plugins.restoration.bm3d.filtering import Layer, Stage, filter_planes
from plugins.restoration.bm3d.matching import Region, Search, match
from plugins.restoration.bm3d.transforms import biorthogonal, haar, inverse_haar
from tests.support.photos import SharedPhotos, grey_photo
from tests.support.restoring import disc, noisy, psnr, restoring

TOOL = verilens_tools()[0]
restore = restoring(TOOL)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("sigma", "gain"), [(10.0, 5.0), (25.0, 7.0), (60.0, 8.0)])
def test_noise_goes(sigma: float, gain: float, channels: int) -> None:
    clean = disc(90, 101, channels)
    before = noisy(clean, sigma)
    assert psnr(restore(before, sigma=sigma)[0], clean[0]) > psnr(before[0], clean[0]) + gain


def test_second_stage_is_better() -> None:
    clean = disc(90, 101)
    before = noisy(clean, 25.0)
    first, both = (psnr(restore(before, sigma=25.0, stages=stages)[0], clean[0]) for stages in ("first", "both"))
    assert both > first + 0.2


@pytest.mark.parametrize(("sigma", "channels"), [(25.0, 1), (25.0, 3), (50.0, 1)])
def test_tiles_do_not_show(sigma: float, channels: int) -> None:
    image = noisy(disc(150, 170, channels), sigma)
    params = {"sigma": sigma, "search_size": 9}
    whole, tiled = restore(image, **params), restore(image, tile=96, **params)
    assert ((whole - tiled).abs() < 1e-5).float().mean() > 0.999


def test_half_the_groups_do_for_a_large_photo_in_colour_and_tiles_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    clean = disc(106, 122, 3)
    image, params = noisy(clean, 25.0), {"sigma": 25.0, "search_size": 9}
    dense = restore(image, **params)
    monkeypatch.setattr(algorithm, "_LARGE", 106 * 122 - 1)
    whole, tiled = restore(image, **params), restore(image, tile=96, **params)
    assert not whole.equal(dense)
    assert psnr(whole[0], clean[0]) > psnr(dense[0], clean[0]) - 0.1
    assert ((whole - tiled).abs() < 1e-5).float().mean() > 0.999
    grey = image[:, :1]
    of_large = restore(grey, **params)
    monkeypatch.undo()
    assert of_large.equal(restore(grey, **params))


@pytest.mark.parametrize("step", [3, 4])
def test_half_the_references_have_the_same_matches(step: int) -> None:
    """Those of one colour of a chessboard, and at the rim all; each finds what it finds among all of them."""
    plane = pad_to_grid(noisy(disc(118, 131), 20.0)[0], 8, step)[0]
    height, width = (size - 7 for size in plane.shape)
    found = []
    for is_halved in (False, True):
        search = Search(8, step, 13, 4, 0.1, is_halved)
        groups = list(match(plane, search, Region(0, 120, 0, 144)))
        positions = torch.cat([some.positions for some in groups]).tolist()
        levels = torch.cat([some.levels for some in groups]).tolist()
        found.append({first: (others, level) for (first, *others), level in zip(positions, levels, strict=True)})
    whole, half = found
    places = torch.tensor(list(whole))
    kept = places[search.is_kept(places // width, places % width, height, width)].tolist()
    assert sorted(half) == sorted(kept)
    assert len(half) < 0.7 * len(whole)
    assert all(half[place] == whole[place] for place in half)


@pytest.mark.parametrize("is_halved", [False, True])
@pytest.mark.parametrize(("patch", "step", "sums"), [(8, 3, torch.float64), (8, 4, torch.float32)])
def test_groups_that_keep_everything_give_the_plane_back(
    patch: int, step: int, sums: torch.dtype, is_halved: bool
) -> None:
    plane = pad_to_grid(noisy(disc(58, 71), 20.0)[0], patch, step)[0]
    search = Search(patch, step, 9, 4, 0.1)
    transform = biorthogonal(patch) if sums == torch.float64 else cosine_transform(patch)
    seen = []

    def keep(spectra: list[Tensor]) -> tuple[Tensor, Tensor]:
        seen.append(spectra[0].shape[1])
        return spectra[0], torch.arange(1.0, spectra[0].shape[1] + 1.0)

    layer = Layer([plane], keep, is_halved)
    (back,) = filter_planes(plane, [layer], Stage(search, transform, sums), lambda _: None)
    assert torch.allclose(back, plane, atol=1e-5)
    references = len(range(0, len(plane) - patch + 1, step)) * len(range(0, plane.shape[1] - patch + 1, step))
    assert sum(seen) == references if not is_halved else references / 2 < sum(seen) < 0.7 * references


@pytest.mark.parametrize("is_halved", [False, True])
def test_it_says_evenly_how_far_it_is(is_halved: bool) -> None:
    """Within an area, too: a small photo is a single one."""
    plane = pad_to_grid(noisy(disc(118, 131), 20.0)[0], 8, 3)[0]
    search, shares = Search(8, 3, 13, 4, 0.1, is_halved), list[float]()
    layer = Layer([plane], lambda spectra: (spectra[0], spectra[0].new_ones(spectra[0].shape[1])))
    filter_planes(plane, [layer] * 3, Stage(search, cosine_transform(8)), shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert max(later - share for share, later in pairwise([0.0, *shares])) < 0.25


def test_transforms_invert() -> None:
    matrix = biorthogonal(8)
    assert torch.allclose(matrix.norm(dim=1), torch.ones(8, dtype=torch.float64))
    assert torch.allclose(matrix[1:].sum(1), torch.zeros(7, dtype=torch.float64), atol=1e-12)
    values = torch.randn(16, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert torch.allclose(inverse_haar(haar(values)), values)
    assert torch.allclose(haar(values).norm(dim=0), values.norm(dim=0))


def test_house_is_as_published(photos: SharedPhotos) -> None:
    """Dabov 2007, table III: 32.86 dB for House at σ 25, another draw of the noise."""
    clean = grey_photo(photos("val/set12/02.png"))
    assert psnr(restore(noisy(clean, 25.0), sigma=25.0)[0], clean[0]) == pytest.approx(32.86, abs=0.15)
