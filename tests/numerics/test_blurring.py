"""Blurring with a kernel, and the kernels of streaks."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from desktop_app.numerics.blurring import blurred, centred_in, streak_kernel


def nothing() -> None:
    """Never stop."""


@pytest.mark.parametrize("size", [(3, 5), (7, 1), (9, 9)])
def test_it_is_a_convolution_of_the_mirrored_photo(size: tuple[int, int]) -> None:
    generator = torch.Generator().manual_seed(0)
    images, kernel = torch.rand(2, 3, 20, 26, generator=generator), torch.rand(size, generator=generator)
    rows, columns = size[0] // 2, size[1] // 2
    padded = F.pad(images, (columns, columns, rows, rows), mode="reflect").flatten(0, 1)[:, None]
    expected = F.conv2d(padded, kernel.flip(0, 1)[None, None])[:, 0].view_as(images)
    torch.testing.assert_close(blurred(images, kernel, nothing), expected, atol=1e-5, rtol=1e-5)


def test_a_kernel_larger_than_the_photo_works() -> None:
    flat = torch.full((1, 1, 2, 3), 0.3)
    torch.testing.assert_close(blurred(flat, torch.full((15, 15), 1 / 225), nothing), flat)


@pytest.mark.parametrize("angle", [0.0, 45.0, 90.0, -135.0])
def test_a_streak_begins_in_the_middle_and_fades_in_its_direction(angle: float) -> None:
    kernel = streak_kernel(20.0, 6.0, angle)
    down, right = (side // 2 for side in kernel.shape)
    assert float(kernel.sum()) == pytest.approx(1.0)
    assert float(kernel[down, right]) == float(kernel.max())
    rows, columns = torch.meshgrid(torch.arange(-down, down + 1.0), torch.arange(-right, right + 1.0), indexing="ij")
    turn = torch.rad2deg(torch.atan2((-rows * kernel).sum(), (columns * kernel).sum()))
    assert float(turn) == pytest.approx(angle, abs=1.0)


def test_a_kernel_keeps_its_centre_in_a_larger_frame() -> None:
    framed = centred_in(torch.tensor([[1.0, 2.0, 3.0]]), 5)
    assert framed[2].tolist() == [0.0, 1.0, 2.0, 3.0, 0.0]
    assert float(framed.sum()) == 6.0
