"""sRGB's curve, in numpy and in torch, inside and outside [0, 1]."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from desktop_app.core.imaging.colour import linear_to_srgb, srgb_to_linear


def test_published_values() -> None:
    encoded = np.array([0.0, 0.04045, 0.5, 0.73535698, 1.0])
    np.testing.assert_allclose(srgb_to_linear(encoded), [0, 0.0031308, 0.21404114, 0.5, 1], atol=1e-7)


def test_there_and_back_also_outside_the_range() -> None:
    values = np.linspace(-2, 3, 2001)
    np.testing.assert_allclose(linear_to_srgb(srgb_to_linear(values)), values, atol=1e-6)
    assert (np.diff(srgb_to_linear(values)) > 0).all()
    np.testing.assert_allclose(srgb_to_linear(-values), -srgb_to_linear(values))


def test_torch_agrees_with_numpy_and_keeps_float32() -> None:
    values = np.linspace(-1, 2, 301, dtype=np.float32)
    for curve in (srgb_to_linear, linear_to_srgb):
        assert curve(values).dtype == np.float32
        result = curve(torch.from_numpy(values))
        assert result.dtype == torch.float32
        np.testing.assert_allclose(result.numpy(), curve(values), atol=2e-7, rtol=2e-6)


@pytest.mark.parametrize("curve", [srgb_to_linear, linear_to_srgb])
def test_gradients_are_right_and_finite_near_black(curve: type) -> None:
    values = torch.tensor([0.001, 0.2, 0.9, -0.3], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(curve, values)
    black = torch.zeros(3, requires_grad=True)
    curve(black).sum().backward()
    assert black.grad is not None
    assert torch.isfinite(black.grad).all()
