"""Pictures that are mixed: at the ends nothing happens, between them all goes evenly, beyond them it goes on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop_app.core.imaging.blend import blended
from desktop_app.core.imaging.raster import Raster

DEPTHS = (np.uint8, np.uint16, np.float32)


def picture(seed: int, dtype: type, size: tuple[int, int, int] = (5, 7, 3)) -> Raster:
    values = np.random.default_rng(seed).random(size, np.float32)
    scale = 1.0 if dtype is np.float32 else np.iinfo(dtype).max
    return Raster((values * scale).astype(dtype), (values[..., 0] * scale).astype(dtype))


@settings(deadline=None, max_examples=30)
@given(st.floats(0, 2), st.sampled_from(DEPTHS), st.sampled_from(DEPTHS))
def test_a_mix_lies_where_its_strength_says(strength: float, old: type, new: type) -> None:
    before, after = picture(0, old), picture(1, new)
    mixed = blended(before, after, strength)
    expected = before.planes() + strength * (after.planes() - before.planes())
    if new is not np.float32:
        expected = expected.clip(0, 1)
    assert mixed.pixels.dtype == new
    assert mixed.planes() == pytest.approx(expected, abs=0.51 / np.iinfo(new).max if new is not np.float32 else 1e-6)
    assert mixed.alpha is after.alpha


def test_full_strength_is_the_result_itself() -> None:
    before, after = picture(0, np.uint8), picture(1, np.uint16)
    assert blended(before, after, 1.0).pixels is after.pixels
    same = picture(1, np.uint16)
    assert np.array_equal(blended(same, after, 0.0).pixels, same.pixels)


def test_a_large_picture_is_mixed_to_its_last_row() -> None:
    before, after = picture(0, np.uint8, (700, 301, 3)), picture(1, np.uint16, (700, 301, 3))
    whole = blended(before, after, 0.3).planes()
    assert whole == pytest.approx(0.7 * before.planes() + 0.3 * after.planes(), abs=1e-5)
