"""Pictures that are no photos: each channel is denoised in its own range, and what it says is what it does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch
from torch import Tensor

from desktop_app.cli import main
from desktop_app.testing import Bench
from plugins.restoration.portable.descriptor import verilens_tools
from tests.support.networks import BUILT_IN_NETWORKS
from tests.support.restoring import disc, picture_of

BENCH = Bench(verilens_tools()[0], networks=BUILT_IN_NETWORKS)


def counted(scene: Tensor, photons: float, seed: int = 0) -> Tensor:
    """Return a scene in [0, 1] as counted particles show it, in the scene's unit."""
    return torch.poisson(scene.clamp(min=0.0) * photons, generator=torch.Generator().manual_seed(seed)) / photons


def error(picture: Tensor, scene: Tensor) -> float:
    return float((picture - scene).square().mean().sqrt())


@pytest.mark.parametrize(("low", "span"), [(0.0, 1.0), (0.3, 0.02), (-40.0, 90.0)])
def test_noise_goes_in_whatever_range_the_values_lie(low: float, span: float) -> None:
    scene = disc(120, 131, period=12.0)
    noisy = counted(scene, 200.0)
    made = picture_of(BENCH.call(low + span * noisy))
    assert error((made - low) / span, scene) < 0.6 * error(noisy, scene)


def test_a_channel_does_not_see_the_others() -> None:
    scene = disc(120, 131, period=12.0)
    planes = [counted(scene, 100.0, seed) for seed in range(3)]
    bands = torch.cat([planes[0], 5.0 + 0.1 * planes[1].flip(3), -planes[2].flip(2)], dim=1)
    together = BENCH.call(bands)
    for index in range(3):
        alone = BENCH.call(bands[:, index : index + 1])
        torch.testing.assert_close(picture_of(together)[:, index : index + 1], picture_of(alone), rtol=1e-4, atol=1e-4)
    assert together.reports[0]["way"] == "each of 3 channels by itself, in its own range"
    assert together.reports[0]["ranges"][1] == pytest.approx([5.02, 5.1], abs=0.04)


def test_where_there_is_nothing_to_do_nothing_is_done_and_that_is_said() -> None:
    flat = torch.full((1, 3, 64, 64), 700.0)
    result = BENCH.call(flat)
    assert picture_of(result).equal(flat)
    assert float(result.maps[0].values.max()) == 0.0
    assert "Nothing to do" in result.reports[0]["headline"]


def test_dead_and_hot_pixels_do_not_stretch_the_range() -> None:
    noisy = counted(disc(120, 131, period=12.0), 200.0)
    spoilt = noisy.clone()
    spoilt[..., 5, 5], spoilt[..., 90, 40] = 1000.0, -1000.0
    spoilt_range, clean_range = (BENCH.call(one).reports[0]["ranges"][0] for one in (spoilt, noisy))
    assert spoilt_range == pytest.approx(clean_range, abs=0.05)


def test_strength_keeps_some_of_the_noise() -> None:
    noisy = counted(disc(64, 64, period=12.0), 100.0)
    none, half, full = (picture_of(BENCH.call(noisy, {"strength": share})) for share in (0.0, 50.0, 100.0))
    assert none.equal(noisy)
    torch.testing.assert_close(half, (none + full) / 2, rtol=0.0, atol=1e-6)


def test_a_radiograph_of_twelve_bits_and_a_picture_of_five_bands_come_out_as_they_went_in(tmp_path: Path) -> None:
    scene = disc(96, 104, period=12.0)[0, 0]
    bands = [counted(scene, 150.0, seed).numpy() for seed in range(5)]
    radiograph = np.round(300 + 1500 * bands[0]).astype(np.uint16)
    cube = np.stack([np.round(1000 * (index + 1) + 4000 * band) for index, band in enumerate(bands)]).astype(np.uint16)
    tifffile.imwrite(tmp_path / "x.tif", radiograph)
    tifffile.imwrite(tmp_path / "five.tif", cube.transpose(1, 2, 0), photometric="minisblack", planarconfig="contig")
    for name, more in (("x", ()), ("five", ("--bands", "each"))):
        words = ["apply", "enhance.portable", str(tmp_path / f"{name}.tif"), "-o", str(tmp_path / f"{name}-out.tif")]
        assert main([*words, *more]) == 0
        before, after = (tifffile.imread(tmp_path / f"{name}{end}.tif") for end in ("", "-out"))
        assert after.shape == before.shape
        assert after.dtype == np.uint16
        truth = 300 + 1500 * scene.numpy() if name == "x" else None
        if truth is not None:
            assert np.abs(after - truth).mean() < 0.6 * np.abs(before - truth).mean()
        else:
            for index in range(5):
                truth = 1000 * (index + 1) + 4000 * scene.numpy()
                assert np.abs(after[..., index] - truth).mean() < 0.6 * np.abs(before[..., index] - truth).mean()
