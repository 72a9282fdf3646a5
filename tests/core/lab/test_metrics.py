"""PSNR and SSIM are the published ones, by scikit-image's reckoning."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.filters import gaussian
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from desktop_app.api.errors import ParameterError
from desktop_app.core.lab.metrics import ms_ssim, psnr, ssim


def pair(height: int, width: int, channels: int = 3, noise: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    """Return a smooth picture, and the same with noise inside [0, 1]."""
    rng = np.random.default_rng(height)
    rows, columns = np.mgrid[:height, :width]
    smooth = 0.5 + 0.4 * np.sin(rows / 9 + columns / 14)
    reference = np.repeat(smooth[None], channels, axis=0).astype(np.float32)
    return np.clip(reference + rng.normal(0, noise, reference.shape), 0, 1).astype(np.float32), reference


def oracle(result: np.ndarray, reference: np.ndarray) -> float:
    """Return scikit-image's SSIM in double precision, with the contract's window."""
    return float(
        structural_similarity(
            result.astype(np.float64), reference.astype(np.float64), channel_axis=0, data_range=1.0,
            gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
        )
    )


@pytest.mark.parametrize("size", [(11, 11), (11, 80), (75, 74), (130, 203)])
@pytest.mark.parametrize("channels", [1, 3])
def test_ssim_equals_scikit_image(size: tuple[int, int], channels: int) -> None:
    result, reference = pair(*size, channels)
    assert ssim(result, reference) == pytest.approx(oracle(result, reference), abs=2e-6)


@pytest.mark.parametrize("level", [0.0, 0.03, 0.97, 1.0])
def test_ssim_keeps_its_digits_where_the_picture_is_flat(level: float) -> None:
    reference = np.full((1, 60, 60), level, np.float32)
    result = np.clip(reference + np.random.default_rng(1).normal(0, 0.004, reference.shape), 0, 1).astype(np.float32)
    assert ssim(result, reference) == pytest.approx(oracle(result, reference), abs=2e-5)


def test_psnr_equals_scikit_image() -> None:
    result, reference = pair(90, 70)
    assert psnr(result, reference) == pytest.approx(peak_signal_noise_ratio(reference, result, data_range=1), abs=1e-4)


def test_the_same_picture() -> None:
    _, reference = pair(40, 40)
    assert psnr(reference, reference) == float("inf")
    assert ssim(reference, reference) == pytest.approx(1.0, abs=1e-6)


def test_the_result_is_clipped_and_not_rounded() -> None:
    _, reference = pair(30, 30)
    overshoot = np.where(reference > 0.5, 7.0, reference).astype(np.float32)
    clipped = np.clip(overshoot, 0, 1)
    assert psnr(overshoot, reference) == psnr(clipped, reference)
    assert ssim(overshoot, reference) == ssim(clipped, reference)
    flat = np.full((1, 16, 16), 0.5, np.float32)
    assert psnr(flat + np.float32(1e-3), flat) == pytest.approx(60, abs=1e-3)  # rounded to 8 bits it would be infinite


def test_more_noise_is_worse() -> None:
    scores = [(psnr(*pair(64, 64, noise=noise)), ssim(*pair(64, 64, noise=noise))) for noise in (0.02, 0.1, 0.3)]
    assert scores == sorted(scores, reverse=True)


def test_pictures_that_cannot_be_compared() -> None:
    small, large = np.zeros((3, 10, 40), np.float32), np.zeros((3, 40, 40), np.float32)
    for metric in (psnr, ssim):
        with pytest.raises(ParameterError, match="shape"):
            metric(small, large)
    with pytest.raises(ParameterError, match="11×11"):
        ssim(small, small)


def test_ms_ssim_is_its_definition_in_double_precision() -> None:
    """Scikit-image's SSIM and its contrast-structure part, scale by scale."""
    result, reference = pair(186, 203, 1)
    product, ours, theirs = 1.0, result[0].astype(np.float64), reference[0].astype(np.float64)
    for scale, weight in enumerate((0.0448, 0.2856, 0.3001, 0.2363, 0.1333)):
        product *= (oracle(ours[None], theirs[None]) if scale == 4 else structure(ours, theirs)) ** weight
        ours, theirs = halved(ours), halved(theirs)
    assert ms_ssim(result, reference) == pytest.approx(product, abs=2e-6)


def structure(result: np.ndarray, reference: np.ndarray) -> float:
    """Return the mean of contrast times structure in the window's inside."""
    products = (result, reference, result**2, reference**2, result * reference)
    a, b, aa, bb, ab = (gaussian(image, 1.5, truncate=3.34)[5:-5, 5:-5] for image in products)
    return float(np.mean((2 * (ab - a * b) + 0.03**2) / (aa - a * a + bb - b * b + 0.03**2)))


def halved(image: np.ndarray) -> np.ndarray:
    even = np.pad(image, [(0, side % 2) for side in image.shape], mode="edge")
    return even.reshape(even.shape[0] // 2, 2, even.shape[1] // 2, 2).mean(axis=(1, 3))


def test_ms_ssim_of_the_same_picture_and_of_small_ones() -> None:
    _, reference = pair(161, 170)
    assert ms_ssim(reference, reference) == pytest.approx(1.0, abs=1e-6)
    with pytest.raises(ParameterError, match="161×161"):
        ms_ssim(reference[:, :160], reference[:, :160])
