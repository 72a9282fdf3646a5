"""A word beforehand where there is no noise to be removed, and none where there is."""

from __future__ import annotations

import numpy as np
import pytest

from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.request import ToolRequest
from desktop_app.core.steps.needs import may_need_nothing, needs_nothing


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
