"""Gradients and what is their transpose."""

from __future__ import annotations

import pytest
import torch

from desktop_app.numerics.differences import gradients, gradients_adjoint


def test_gradients_are_the_differences_to_the_next_neighbour_around_the_border() -> None:
    across, down = gradients(torch.tensor([[1.0, 4.0, 2.0], [0.0, 0.0, 5.0]]))
    assert across.tolist() == [[3.0, -2.0, -1.0], [0.0, 5.0, -5.0]]
    assert down.tolist() == [[-1.0, -4.0, 3.0], [1.0, 4.0, -3.0]]


@pytest.mark.parametrize("shape", [(7, 9), (2, 3, 8, 6), (1, 1)])
def test_the_adjoint_is_the_transpose(shape: tuple[int, ...]) -> None:
    source = torch.Generator().manual_seed(0)
    planes, right, below = (torch.randn(shape, generator=source, dtype=torch.float64) for _ in range(3))
    across, down = gradients(planes)
    forth = (across * right + down * below).sum()
    torch.testing.assert_close((planes * gradients_adjoint(right, below)).sum(), forth)
