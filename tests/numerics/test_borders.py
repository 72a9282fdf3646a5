"""Photos continued by reflection."""

from __future__ import annotations

import pytest
import torch

from desktop_app.numerics.borders import mirror, pad_mirrored, pad_to_grid


@pytest.mark.parametrize(("size", "before", "after"), [(1, 3, 4), (2, 5, 5), (7, 3, 6), (7, 20, 15)])
def test_reflection_is_numpys(size: int, before: int, after: int) -> None:
    import numpy as np

    expected = np.pad(np.arange(size), (before, after), mode="reflect")
    assert mirror(size, before, after).tolist() == expected.tolist()


def test_padding_keeps_the_photo() -> None:
    image = torch.arange(12.0).view(1, 3, 4)
    padded = pad_mirrored(image, 1, 2, 3, 0)
    assert padded.shape == (1, 6, 7)
    assert torch.equal(padded[:, 1:4, 3:], image)


@pytest.mark.parametrize("shape", [(1, 1), (8, 9), (20, 21)])
def test_grid_covers_all(shape: tuple[int, int]) -> None:
    padded = pad_to_grid(torch.rand(2, *shape), patch=8, step=3)
    for size, before in zip(padded.shape[1:], shape, strict=True):
        assert size >= max(before, 8)
        assert (size - 8) % 3 == 0
