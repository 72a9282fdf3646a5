"""Colour transforms: orthonormal, and back again."""

from __future__ import annotations

import torch

from desktop_app.numerics.opponent import from_opponent, to_opponent


def test_opponent_colours_are_orthonormal() -> None:
    image = torch.rand(2, 3, 5, 6, generator=torch.Generator().manual_seed(0))
    opponent = to_opponent(image)
    assert torch.allclose(opponent.norm(dim=1), image.norm(dim=1))
    assert torch.allclose(opponent[:, 0] / 3**0.5, image.mean(1))
    assert torch.allclose(from_opponent(opponent), image, atol=1e-6)


def test_grey_stays() -> None:
    image = torch.rand(1, 4, 4)
    assert torch.equal(from_opponent(to_opponent(image)), image)
