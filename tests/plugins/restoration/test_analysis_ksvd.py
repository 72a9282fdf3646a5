"""Analysis K-SVD: its promises, its pursuit against a literal one, and what learning is worth."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from plugins.restoration.analysis_ksvd.cosparse import backward_greedy, update_rows
from plugins.restoration.analysis_ksvd.descriptor import verilens_tools
from tests.support.photos import SharedPhotos, grey_photo
from tests.support.restoring import noisy, psnr, restoring, stripes

TOOL = verilens_tools()[0]
restore = restoring(TOOL)


@pytest.mark.parametrize(("channels", "gain"), [(1, 5.0), (3, 7.0)])
def test_noise_goes(channels: int, gain: float) -> None:
    clean = stripes(72, 80, channels)
    before = noisy(clean, 25.0)
    assert psnr(restore(before, sigma=25.0, rounds=2), clean) > psnr(before, clean) + gain


def literal(patch: Tensor, rows: Tensor, threshold: float) -> Tensor:
    """One patch, projections by least squares, in double precision."""
    patch, rows = patch.double(), rows.double()
    taken, estimate = list[int](), patch
    while len(taken) < len(patch):
        responses = (rows @ estimate).abs()
        responses[taken] = torch.inf
        more = [*taken, int(responses.argmin())]
        span = rows[more].T
        closer = patch - span @ torch.linalg.lstsq(span, patch[:, None]).solution[:, 0]
        if float((estimate - closer).norm()) > threshold:
            break
        taken, estimate = more, closer
    return estimate


def test_the_pursuit_is_the_literal_algorithm() -> None:
    generator = torch.Generator().manual_seed(0)
    rows = torch.nn.functional.normalize(torch.randn(14, 9, generator=generator), dim=1)
    patches = torch.randn(50, 9, generator=generator)
    found = backward_greedy(patches, rows, 0.6, lambda: None)
    for patch, estimate in zip(patches, found.estimates, strict=True):
        torch.testing.assert_close(estimate.double(), literal(patch, rows, 0.6), atol=1e-4, rtol=0)
    assert found.dimensions.equal(9 - found.cosupports.sum(1))
    along = (found.estimates @ rows.T)[found.cosupports]
    torch.testing.assert_close(along, torch.zeros_like(along), atol=1e-5, rtol=0)


def test_a_row_moves_to_what_its_patches_do_not_contain() -> None:
    generator = torch.Generator().manual_seed(0)
    target = torch.nn.functional.normalize(torch.tensor([1.0, -1.0, 0.2, -0.2, 0.0, 0.0]), dim=0)
    patches = torch.randn(500, 6, generator=generator)
    patches -= patches.mean(1, keepdim=True)
    patches -= patches @ target[:, None] * target
    start = torch.nn.functional.normalize(torch.tensor([[1.0, -1.0, 0.0, 0.0, 0.0, 0.0]]), dim=1)
    everyone = torch.ones(500, 1, dtype=torch.bool)
    moved = update_rows(start, patches, everyone, 0.1)
    torch.testing.assert_close(float((moved[0] @ target).abs()), 1.0, atol=1e-3, rtol=0)
    stayed = update_rows(start, patches, everyone, 100.0)  # all of it may be noise
    torch.testing.assert_close(float((stayed[0] @ start[0]).abs()), 1.0, atol=1e-3, rtol=0)


def test_tiles_do_not_show() -> None:
    image = noisy(stripes(60, 70, 3), 25.0)
    whole, tiled = (restore(image, tile=tile, sigma=25.0, rounds=1) for tile in (None, 48))
    assert ((whole - tiled).abs() < 1e-5).float().mean() > 0.999


def test_learning_pays_on_barbara(photos: SharedPhotos) -> None:
    """A third of a decibel above plain cosines on a photo of stripes."""
    clean = grey_photo(photos("val/set12/09.png"))[..., 300:428, 220:348]
    before = noisy(clean, 25.0)
    assert psnr(restore(before, sigma=25.0, rounds=4), clean) > psnr(restore(before, sigma=25.0, rounds=0), clean) + 0.3
