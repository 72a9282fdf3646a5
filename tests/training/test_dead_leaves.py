"""Pictures of leaves: drawn by the generator alone, covered all over, with edges of colour as no grey picture has."""

from __future__ import annotations

import torch
from torch import Tensor

from training.chance import drawn_by
from training.dead_leaves import dead_leaves


def _photo(seed: int) -> Tensor:
    """Return a grey photo ``(3, 80, 90)`` of noise."""
    grey = torch.randint(256, (1, 80, 90), generator=torch.Generator().manual_seed(seed), dtype=torch.uint8)
    return grey.expand(3, -1, -1)


def _leaves(seed: int) -> Tensor:
    return dead_leaves([_photo(1), _photo(2)], 64, drawn_by(seed))


def test_a_picture_is_drawn_by_the_generator_alone() -> None:
    first, again, other = (_leaves(seed) for seed in (1, 1, 2))
    assert first.dtype == torch.uint8
    assert first.shape == (3, 64, 64)
    assert first.equal(again)
    assert not first.equal(other)


def test_hardly_any_ground_stays_bare() -> None:
    bare = torch.stack([(_leaves(seed) == 128).all(0).float().mean() for seed in range(4)])
    assert float(bare.max()) < 0.01


def test_leaves_have_edges_of_colour_though_the_photos_have_none() -> None:
    pictures = torch.stack([_leaves(seed) for seed in range(4)]).float()
    chroma = pictures - pictures.mean(1, keepdim=True)
    assert float((chroma[..., 1:] - chroma[..., :-1]).abs().mean()) > 4.0  # levels from pixel to pixel
