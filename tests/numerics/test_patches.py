"""Photos taken apart and put together."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from desktop_app.numerics.patches import restore_patches, sample_patches, without_means


def ignore(_: float) -> None:
    """Take no notice."""


@pytest.mark.parametrize("is_dense", [True, False])
@pytest.mark.parametrize("shape", [(1, 30, 31), (3, 9, 8), (1, 3, 20), (3, 1, 1)])
def test_untouched_patches_make_the_photo(shape: tuple[int, ...], is_dense: bool) -> None:
    image = torch.rand(shape)
    again = restore_patches(image, 8, lambda patches: (patches.clone(), None), is_dense=is_dense, told=ignore)
    torch.testing.assert_close(again, image, atol=1e-6, rtol=0)


def test_patches_of_every_other_place_are_half_as_many_and_reach_every_pixel() -> None:
    image = torch.rand(1, 30, 31)
    counts = []

    def black(patches: Tensor) -> tuple[Tensor, None]:
        counts.append(len(patches))
        return torch.zeros_like(patches), None

    for is_dense in (True, False):
        counts.append(0)
        emptied = restore_patches(image, 8, black, is_dense=is_dense, told=ignore)
        torch.testing.assert_close(emptied, torch.zeros_like(image), atol=1e-6, rtol=0)
    dense, sparse = sum(counts[: counts.index(0, 1)]), sum(counts[counts.index(0, 1) :])
    assert dense == 23 * 24
    assert sparse == (23 * 25 + 1) // 2  # a column more, so that all corners are dark


def test_every_other_patch_of_a_part_is_that_of_the_photo() -> None:
    image = torch.rand(3, 40, 42, generator=torch.Generator().manual_seed(0))

    def restore(patches: Tensor) -> tuple[Tensor, Tensor]:
        return patches.square(), patches.mean(1)

    whole = restore_patches(image, 8, restore, is_dense=False, told=ignore)
    part = restore_patches(image[:, 6:35, 10:39], 8, restore, is_dense=False, told=ignore)
    torch.testing.assert_close(part[:, 7:-7, 7:-7], whole[:, 13:28, 17:32])


def test_patches_of_means_are_a_box_filter_twice() -> None:
    image = torch.rand(1, 40, 50)
    mean = restore_patches(image, 4, lambda p: (p.mean(1, keepdim=True).repeat(1, 16), None), told=ignore)
    expected = torch.nn.functional.avg_pool2d(torch.nn.functional.avg_pool2d(image, 4, 1), 4, 1)
    torch.testing.assert_close(mean[:, 3:-3, 3:-3], expected)


def test_weights_decide_between_patches_and_loyalty_for_the_photo() -> None:
    image = torch.rand(1, 20, 20, generator=torch.Generator().manual_seed(0))

    def restore(patches: Tensor) -> tuple[Tensor, Tensor]:
        bright = patches.mean(1) > image.mean()
        return torch.where(bright[:, None], torch.ones_like(patches), torch.zeros_like(patches)), bright * 1.0 + 1e-9

    assert float(restore_patches(image, 2, restore, told=ignore)[image > 0.95].min()) > 0.99
    kept = restore_patches(image, 2, restore, loyalty=1e9, told=ignore)
    torch.testing.assert_close(kept, image, atol=1e-6, rtol=0)


def test_samples_are_patches_of_the_photo_from_everywhere() -> None:
    rows, columns = torch.meshgrid(torch.arange(50.0), torch.arange(60.0), indexing="ij")
    image = torch.stack([rows, columns])
    few = sample_patches(image, 3, 500)
    assert few.shape == (500, 18)
    torch.testing.assert_close(few[:, 8] - few[:, 0], torch.full((500,), 2.0))  # rows within a patch
    assert float((few[:, 0].quantile(0.5) - 23.5).abs()) < 2
    assert float((few[:, 9].quantile(0.5) - 28.5).abs()) < 3
    assert len(sample_patches(image, 3, 10**6)) == 48 * 58


def test_means_are_taken_channel_by_channel() -> None:
    patches = torch.rand(5, 3 * 16)
    textures, means = without_means(patches, 3)
    torch.testing.assert_close(textures + means, patches)
    torch.testing.assert_close(textures.view(5, 3, 16).mean(2), torch.zeros(5, 3), atol=1e-6, rtol=0)
