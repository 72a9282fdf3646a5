"""UIQM and UCIQE like colour, contrast and sharpness."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from desktop_app.api.errors import ParameterError
from desktop_app.api.resources import bundled
from desktop_app.core.imaging.files import open_photo
from desktop_app.core.lab.underwater import _colourfulness, _contrast, _lightness_and_chroma, _sharpness, uciqe, uiqm
from desktop_app.numerics.filters import gaussian_blur
from tests.support.photos import SharedPhotos


def photo() -> np.ndarray:
    return open_photo(bundled("samples/coffee.jpg")).raster.planes()[:, :256, :256]


def under_water(planes: np.ndarray) -> np.ndarray:
    """Return a photo as seen through a few metres of green water."""
    through = np.exp(-np.array([1.8, 0.5, 0.7], np.float32))[:, None, None]
    return planes * through + (1 - through) * np.array([0.05, 0.45, 0.4], np.float32)[:, None, None]


def test_water_makes_it_worse() -> None:
    assert uciqe(under_water(photo())) < uciqe(photo())
    assert _colourfulness(under_water(photo()) * 255) < _colourfulness(photo() * 255)


def test_blur_makes_it_less_sharp() -> None:
    blurred = gaussian_blur(torch.from_numpy(photo())[None], 3.0)[0].numpy()
    assert _sharpness(blurred * 255) < _sharpness(photo() * 255)


def test_the_contrast_term_peaks_at_its_published_maximum() -> None:
    """Entropy of Michelson's contrast is largest, 1/e, where that is 1/e."""
    for contrast, expected in ((np.exp(-1), np.exp(-1)), (0.5, 0.5 * np.log(2)), (1.0, 0.0)):
        block = np.full((3, 10, 10), 100.0, np.float32)
        block[:, 0] *= (1 - contrast) / (1 + contrast)
        assert _contrast(block) == pytest.approx(expected, abs=1e-5)


def test_references_of_underwater_photos_score_higher(photos: SharedPhotos) -> None:
    inputs = sorted((photos("val/underwater/input")).iterdir())
    pairs = [(open_photo(path).raster.planes(), reference(path)) for path in inputs]
    for metric in (uiqm, uciqe):
        assert np.mean([metric(good) > metric(bad) for bad, good in pairs]) > 0.5


def reference(path: Path) -> np.ndarray:
    found = next((path.parents[1] / "reference").glob(f"{path.stem}.*"))
    return open_photo(found).raster.planes()


def test_colours_are_cielab() -> None:
    from skimage.color import rgb2lab

    planes = photo()[:, :40, :50]
    lab = rgb2lab(planes, channel_axis=0)
    lightness, chroma = _lightness_and_chroma(planes)
    np.testing.assert_allclose(lightness * 100, lab[0], atol=0.1)
    np.testing.assert_allclose(chroma * 100, np.hypot(lab[1], lab[2]), atol=0.1)


def test_flat_and_unsuited_pictures() -> None:
    grey = np.full((3, 20, 20), 0.5, np.float32)
    assert uiqm(grey) == 0.0
    assert uciqe(grey) == pytest.approx(0.0, abs=1e-3)
    for metric in (uiqm, uciqe):
        with pytest.raises(ParameterError, match="colour"):
            metric(np.zeros((1, 20, 20), np.float32))
    with pytest.raises(ParameterError, match="10×10"):
        uiqm(np.zeros((3, 9, 20), np.float32))
