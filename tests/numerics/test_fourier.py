"""Convolution through the Fourier transform, and the frame that keeps a photo's sides apart."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.numerics.fourier import Frame, convolve, good_length, gradient_power, transfer_function


@given(st.integers(1, 5000))
def test_good_lengths_are_even_smooth_and_near(length: int) -> None:
    good = good_length(length)
    assert good >= length
    assert good % 2 == 0
    assert good <= 1.25 * length + 2
    for prime in (2, 3, 5):
        while good % prime == 0:
            good //= prime
    assert good == 1


@pytest.mark.parametrize("sides", [(3, 5), (7, 1), (5, 5)])
def test_it_is_a_convolution_and_not_a_correlation(sides: tuple[int, int]) -> None:
    draw = torch.Generator().manual_seed(0)
    image, kernel = torch.rand(2, 20, 24, generator=draw), torch.rand(sides, generator=draw)
    rows, columns = (side // 2 for side in sides)
    wrapped = F.pad(image[:, None], (columns, columns, rows, rows), mode="circular")
    expected = F.conv2d(wrapped, kernel.flip(0, 1)[None, None])[:, 0]
    torch.testing.assert_close(convolve(image, transfer_function(kernel, (20, 24))), expected, atol=1e-5, rtol=0.0)


def test_gradient_power_is_that_of_forward_differences() -> None:
    size = (12, 16)
    across, down = torch.zeros(2, *size)
    across[0, 0], across[0, -1] = -1.0, 1.0
    down[0, 0], down[-1, 0] = -1.0, 1.0
    expected = torch.fft.rfft2(across).abs().square() + torch.fft.rfft2(down).abs().square()
    torch.testing.assert_close(gradient_power(size), expected, atol=1e-5, rtol=0.0)


@given(height=st.integers(1, 30), width=st.integers(1, 30), rows=st.integers(0, 9), columns=st.integers(0, 9))
def test_a_frame_holds_the_photo_and_a_margin_on_every_side(height: int, width: int, rows: int, columns: int) -> None:
    frame = Frame.around(height, width, (rows, columns))
    image = torch.rand(2, height, width)
    framed = frame.lay(image)
    assert framed.shape == (2, *frame.size)
    assert frame.crop(framed).equal(image)
    assert min(frame.top, frame.size[0] - frame.top - height) >= rows
    assert min(frame.left, frame.size[1] - frame.left - width) >= columns
    assert float(framed.min()) >= float(image.min()) - 1e-6
    assert float(framed.max()) <= float(image.max()) + 1e-6


def test_opposite_sides_meet_without_an_edge() -> None:
    ramp = torch.linspace(0.0, 1.0, 50)[None, :].expand(40, 50)
    framed = Frame.around(40, 50, (8, 8)).lay(ramp)
    steps = (framed.roll(-1, 1) - framed).abs()
    assert float(steps.max()) < 0.2  # a bare periodic continuation has a step of 1


def test_refilling_keeps_the_photo_and_takes_the_margin_from_the_estimate() -> None:
    frame = Frame.around(10, 12, (3, 3))
    image, estimate = torch.rand(10, 12), torch.rand(frame.size)
    refilled = frame.refill(image, estimate.clone())
    assert frame.crop(refilled).equal(image)
    frame.crop(estimate).zero_()
    frame.crop(refilled).zero_()
    assert refilled.equal(estimate)
