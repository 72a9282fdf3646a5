"""Holes: taken apart, refused, guessed at smoothly."""

from __future__ import annotations

import pytest
import torch

from plugins.restoration.common.inpainting import filled_smoothly, holes


def nothing() -> None:
    """Never stop."""


def mask_of(height: int, width: int, *boxes: tuple[int, int, int, int]) -> torch.Tensor:
    mask = torch.zeros(height, width, dtype=torch.bool)
    for top, left, bottom, right in boxes:
        mask[top:bottom, left:right] = True
    return mask


def test_holes_that_lie_apart_are_taken_apart_and_cover_the_mask() -> None:
    mask = mask_of(200, 260, (5, 5, 20, 20), (12, 30, 18, 40), (150, 200, 190, 260))
    found = list(holes(mask, 4, 16))
    assert len(found) == 2
    covered = torch.zeros(mask.shape, dtype=torch.long)
    for hole in found:
        covered[hole.rows, hole.columns] += hole.own.long()
    assert covered.equal(mask.long())


def test_a_hole_brings_its_surroundings_as_far_as_there_are_any() -> None:
    (hole,) = holes(mask_of(50, 60, (10, 0, 12, 8)), 5, 32)
    assert (hole.rows, hole.columns) == (slice(5, 17), slice(0, 13))


def test_another_hole_in_view_is_not_one_s_own() -> None:
    mask = mask_of(100, 100, (0, 0, 90, 4), (86, 4, 90, 90), (30, 70, 33, 73))
    found = sorted(holes(mask, 2, 16), key=lambda hole: int(hole.own.sum()))
    assert [int(hole.own.sum()) for hole in found] == [9, 90 * 4 + 4 * 86]


@pytest.mark.parametrize("size", [(1, 1), (1, 30), (30, 1), (2, 2), (37, 50)])
def test_a_flat_photo_is_filled_flat(size: tuple[int, int]) -> None:
    mask = torch.zeros(size, dtype=torch.bool)
    mask[..., size[1] // 2 :] = size[1] > 1
    image = torch.where(mask, torch.full((3, *size), 9.0), torch.full((3, *size), 0.25))
    torch.testing.assert_close(filled_smoothly(image, mask, nothing), torch.full((3, *size), 0.25), atol=1e-5, rtol=0.0)


def test_a_ramp_goes_on_over_a_hole_and_the_rest_is_left_alone() -> None:
    ramp = torch.linspace(0.0, 1.0, 40).expand(1, 30, 40)
    mask = mask_of(30, 40, (8, 14, 22, 26))
    filled = filled_smoothly(torch.where(mask, torch.zeros(()), ramp), mask, nothing)
    assert filled[:, ~mask].equal(ramp[:, ~mask])
    assert float((filled - ramp).abs().max()) < 0.12
