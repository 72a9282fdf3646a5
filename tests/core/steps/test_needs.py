"""A word beforehand where there is no noise to be removed, and none where there is."""

from __future__ import annotations

import numpy as np
import pytest

from desktop_app.core.application import Application
from desktop_app.core.imaging.files import open_photo
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.request import ToolRequest
from desktop_app.core.steps.needs import costs_more, may_be_tried, may_need_nothing, needs_nothing


def photo(sigma: float, size: int = 160) -> Raster:
    """Return smooth shapes with white noise, in 8-bit levels."""
    rows, columns = np.mgrid[:size, :size]
    smooth = 0.5 + 0.2 * np.sin(rows / 17.0) + 0.2 * np.cos(columns / 23.0)
    noise = np.random.default_rng(0).normal(0.0, sigma / 255.0, (size, size))
    return Raster((smooth + noise).astype(np.float32)[..., None])


@pytest.mark.parametrize("sigma", [0.3, 1.0])
def test_a_photo_with_next_to_no_noise_needs_nothing(sigma: float) -> None:
    assert "needs no denoising" in needs_nothing(photo(sigma)).replace("seems to need", "needs")


@pytest.mark.parametrize("sigma", [3.0, 10.0])
def test_a_noisy_photo_is_left_without_a_word(sigma: float) -> None:
    assert needs_nothing(photo(sigma)) == ""


def test_only_the_middle_is_looked_at() -> None:
    large = np.zeros((700, 900, 1), np.float32)
    large[94:606, 194:706] = photo(8.0, 512).pixels
    assert needs_nothing(Raster(large)) == ""


@pytest.mark.parametrize(
    ("tool", "params", "expected"),
    [("denoise.bm3d", {"sigma": None}, True), ("denoise.bm3d", {"sigma": 5.0}, False), ("denoise.tv", {}, False),
     ("degrade.x", {"sigma": None}, False)],
)  # fmt: skip
def test_who_named_the_noise_knows_best(tool: str, params: dict[str, float | None], expected: bool) -> None:
    assert may_need_nothing(ToolRequest(tool, params)) is expected


def textured(sigma: float) -> Raster:
    """Return a sample photo of much detail with white noise."""
    from desktop_app.api.resources import bundled

    planes = open_photo(bundled("samples/coffee.jpg")).raster.planes(100, 200, 200, 260)
    noise = np.random.default_rng(0).normal(0.0, sigma / 255.0, planes.shape)
    return Raster(np.ascontiguousarray((planes + noise).astype(np.float32).transpose(1, 2, 0)))


@pytest.mark.parametrize(
    ("noise", "told", "is_warned"), [(12.0, 12.0, False), (12.0, None, False), (4.0, 40.0, True), (25.0, 20.0, False)]
)
def test_a_denoiser_that_costs_more_than_the_noise_is_said_so_beforehand(
    application: Application, noise: float, told: float | None, is_warned: bool
) -> None:
    said = costs_more(application, ToolRequest("denoise.deep", {"sigma": told}), textured(noise))
    assert bool(said) is is_warned, said
    if is_warned:
        assert "more detail than there is noise" in said


def test_the_estimate_is_near_the_true_error(application: Application) -> None:
    """Of what it says it knows only the photo; the truth is used here alone."""
    said = costs_more(application, ToolRequest("denoise.deep", {"sigma": 40.0}), textured(4.0))
    clean, noisy = textured(0.0), textured(4.0)
    request = ToolRequest("denoise.deep", {"sigma": 40.0})
    result = application.engine.run(request, noisy, exact_16=False).raster
    assert result is not None
    true = float(np.sqrt(np.square(result.planes() - clean.planes()).mean())) * 255.0
    told = float(said.partition("an error of ")[2].partition(" ")[0])
    assert told == pytest.approx(true, rel=0.15)


def test_only_quick_denoisers_are_tried(application: Application) -> None:
    entry = application.host.entry
    assert may_be_tried(entry("denoise.deep"))
    assert not may_be_tried(entry("denoise.ksvd"))
    assert not may_be_tried(entry("superres.bicubic"))
