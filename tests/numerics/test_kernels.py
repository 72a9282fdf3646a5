"""Blur kernels: their shapes, and which are refused."""

from __future__ import annotations

from math import sqrt

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.api import ParameterError
from desktop_app.numerics.kernels import (
    checked_kernel,
    defocus_kernel,
    gaussian_kernel,
    motion_kernel,
    trimmed,
)
from plugins.restoration.common.blurs import BlurParams
from plugins.restoration.common.deblurring import kernels_for, made_kernel


def spread_of(kernel: torch.Tensor) -> tuple[float, float]:
    """Return the variance of a kernel down and across."""
    rows, columns = (torch.arange(side) - side // 2 for side in kernel.shape)
    return float((kernel.sum(1) * rows**2).sum()), float((kernel.sum(0) * columns**2).sum())


@given(length=st.floats(1, 60), angle=st.floats(-180, 180))
def test_a_motion_is_centred_thin_and_as_long_as_asked(length: float, angle: float) -> None:
    kernel = motion_kernel(length, angle)
    assert float(kernel.sum()) == pytest.approx(1.0, abs=1e-5)
    torch.testing.assert_close(kernel, kernel.rot90(2), atol=1e-6, rtol=0.0)
    long = sqrt(12.0 * sum(spread_of(kernel)))  # the length of the line that has this variance
    assert long == pytest.approx(length, abs=1.5)  # about a pixel's diagonal: what sampling on a grid leaves open


def test_a_level_motion_is_a_box_and_angles_turn_counter_clockwise() -> None:
    torch.testing.assert_close(motion_kernel(5.0, 0.0), torch.full((1, 5), 0.2))
    torch.testing.assert_close(motion_kernel(5.0, 90.0), torch.full((5, 1), 0.2), atol=1e-6, rtol=0.0)
    rising = motion_kernel(9.0, 45.0)
    assert float(rising[0, -1]) > 0.02
    assert float(rising[0, 0]) == 0.0


@pytest.mark.parametrize("radius", [0.7, 2.0, 3.4, 10.0])
def test_a_disc_has_a_discs_variance(radius: float) -> None:
    for variance in spread_of(defocus_kernel(radius)):
        assert variance == pytest.approx(radius**2 / 4.0, rel=0.05, abs=0.15)


@pytest.mark.parametrize("spread", [0.8, 1.5, 6.0])
def test_a_gaussian_has_its_variance(spread: float) -> None:
    assert spread_of(gaussian_kernel(spread)) == pytest.approx((spread**2, spread**2), rel=0.01)


def test_no_blur_is_a_single_pixel() -> None:
    for kernel in (motion_kernel(1.0, 30.0), defocus_kernel(0.0), gaussian_kernel(0.0)):
        assert kernel.tolist() == [[1.0]]


@pytest.mark.parametrize("shape", ["motion", "defocus", "gaussian"])
def test_parameters_make_kernels(shape: str) -> None:
    kernel = made_kernel(BlurParams(shape=shape))
    assert kernel.dtype == torch.float32
    assert kernel.numel() > 1


def test_an_even_kernel_keeps_its_centre() -> None:
    kernel = torch.zeros(1, 4, 4)
    kernel[0, 2, 2], kernel[0, 0, 1] = 3.0, 1.0
    odd = checked_kernel(kernel, 20, 20)
    assert odd.shape == (5, 3)
    assert float(odd[2, 1]) == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("kernel", "sentence"),
    [
        (torch.ones(1, 9, 3), "no larger than the photo"),
        (torch.zeros(1, 3, 3), "positive sum"),
        (-torch.ones(1, 3, 3), "positive sum"),
        (torch.tensor([[[1.0, float("nan"), 1.0]]]), "finite values"),
        (torch.tensor([[[1.0, -1.0, 0.0]]]), "positive sum"),
    ],
)
def test_senseless_kernels_are_refused(kernel: torch.Tensor, sentence: str) -> None:
    with pytest.raises(ParameterError, match=sentence):
        checked_kernel(kernel, 8, 8)


def test_zeros_around_a_kernel_are_cut_off_alike_on_both_sides() -> None:
    kernel = torch.zeros(9, 7)
    kernel[2, 3] = kernel[4, 3] = 1.0
    assert trimmed(kernel).shape == (5, 1)


def test_each_photo_has_its_kernel() -> None:
    images, params = torch.zeros(2, 3, 32, 32), BlurParams(length=5.0)
    made = kernels_for(images, params, {})
    assert [kernel.shape for kernel in made] == [(1, 5), (1, 5)]
    given = torch.stack([torch.eye(3), torch.eye(3).flip(0)])[:, None]
    first, second = kernels_for(images, params, {"kernel": given})
    assert first.equal(second.flip(0))
