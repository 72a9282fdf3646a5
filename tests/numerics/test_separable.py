"""Kernels that are a column times a row."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.numerics.kernels import defocus_kernel, gaussian_kernel, motion_kernel
from desktop_app.numerics.separable import Separable, separated


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def product(kernel: Tensor) -> Separable:
    found = separated(kernel)
    assert found is not None
    return found


@pytest.mark.parametrize("kernel", [
    gaussian_kernel(2.0), motion_kernel(9.0, 0.0), motion_kernel(9.0, 90.0), torch.outer(random(3), random(7, seed=1)),
    torch.tensor([[0.0, 0.0, 1.0, 3.0]]),
])  # fmt: skip
def test_it_convolves_where_the_kernel_fits_in(kernel: Tensor) -> None:
    plane = random(30, 41)
    expected = F.conv2d(plane[None, None], kernel.flip(0, 1)[None, None])[0, 0]
    torch.testing.assert_close(product(kernel).convolve(plane), expected, atol=1e-5, rtol=1e-5)
    turned = F.conv2d(plane[None, None], kernel[None, None])[0, 0]
    torch.testing.assert_close(product(kernel).correlate(plane), turned, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kernel", [defocus_kernel(3.0), motion_kernel(9.0, 30.0), motion_kernel(61.0, 0.0)])
def test_what_is_no_product_or_too_large_is_none(kernel: Tensor) -> None:
    assert separated(kernel) is None
