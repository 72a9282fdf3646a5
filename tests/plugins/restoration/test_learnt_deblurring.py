"""Learnt deblurring: shakes become less, and learnt features find the kernel."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
import torch
from torch import Tensor

from desktop_app.api import Result
from desktop_app.numerics.blurring import blurred
from desktop_app.numerics.shakes import path_kernel, random_path
from desktop_app.testing import Bench
from tests.support.networks import BUILT_IN_NETWORKS
from tests.support.photos import SharedPhotos, colour_photo
from tests.support.restoring import noisy, picture_of, psnr
from tests.support.shaken import aligned_psnr
from tests.support.shaken import blocks as rectangles
from training.chance import drawn_by
from training.pages import page
from training.shakes import shaken

FOLDERS = ("multiscale", "gan", "learnt_blind")
TOOLS = {
    tool.id.removeprefix("deblur."): tool
    for folder in FOLDERS
    for tool in import_module(f"plugins.restoration.{folder}.descriptor").verilens_tools()
}
BENCHES = {name: Bench(tool, networks=BUILT_IN_NETWORKS) for name, tool in TOOLS.items()}


def called(name: str, images: Tensor, params: dict[str, Any] | None = None, kernel: Tensor | None = None) -> Result:
    inputs = {} if kernel is None else {"kernel": kernel[None, None]}
    return BENCHES[name].call(images, params or {}, inputs=inputs)


def mean_gain(name: str, pairs: list[tuple[Tensor, Tensor]]) -> float:
    """How many decibels a tool gains on blurred and sharp photos, on average."""
    gains = [psnr(picture_of(called(name, soft)), sharp) - psnr(soft, sharp) for soft, sharp in pairs]
    return sum(gains) / len(gains)


def shakes(photos: SharedPhotos, count: int) -> list[tuple[Tensor, Tensor]]:
    """Photos that no training saw, after shakes that it did not see either."""
    found = []
    for seed, path in enumerate(photos.all("val/mcmaster_odd/*")[:count]):
        sharp = colour_photo(path)[..., 100:340, 80:400]
        found.append((shaken(sharp, drawn_by(900, seed), 14.0), sharp))
    return found


def test_shakes_become_less_where_and_however_they_differ(photos: SharedPhotos) -> None:
    assert mean_gain("multiscale", shakes(photos, 4)) > 0.15


@pytest.mark.parametrize("name", ["multiscale", "gan"])
def test_pieces_and_batches_change_nothing_and_grey_stays_grey(name: str) -> None:
    photo = torch.rand((2, 1, 300, 290), generator=torch.Generator().manual_seed(1))
    both, alone = called(name, photo), called(name, photo[1:])
    torch.testing.assert_close(picture_of(both)[1:], picture_of(alone), atol=1e-5, rtol=0.0)
    assert picture_of(both).shape == photo.shape
    corner = called(name, photo[..., :296, :288])  # multiples of the network's own, in other pieces
    middle = (..., slice(0, 64), slice(0, 64))
    assert psnr(picture_of(corner)[middle], picture_of(both)[middle]) > 40.0


@pytest.mark.parametrize("name", ["multiscale", "gan"])
def test_strength_keeps_some_of_the_blur(name: str) -> None:
    photo = torch.rand((1, 3, 40, 48), generator=torch.Generator().manual_seed(1))
    none, half, full = (picture_of(called(name, photo, {"strength": share})) for share in (0.0, 50.0, 100.0))
    assert none.equal(photo)
    torch.testing.assert_close(half, (none + full) / 2, atol=1e-5, rtol=0.0)


@pytest.mark.parametrize(("drawn", "better"), [("rectangles", None), ("pages", "text")])
def test_learnt_features_find_the_kernel(drawn: str, better: str | None) -> None:
    """On three pictures each; on pages the network that saw pages alone is the better one."""
    gains: dict[str, list[float]] = {"anything": [], "text": []}
    for seed in range(3):
        sharp = rectangles(160, seed) if drawn == "rectangles" else page(240, 320, drawn_by(90, seed)).mean(0)
        kernel = path_kernel(random_path(9.0, torch.Generator().manual_seed(seed)))
        soft = noisy(blurred(sharp[None, None], kernel, lambda: None), 0.5)
        for content, values in gains.items():
            result = called("learnt_blind", soft, {"kernel_size": 17, "sigma": 0.5, "content": content})
            restored, before = (aligned_psnr(picture[0, 0], sharp) for picture in (picture_of(result), soft))
            values.append(restored - before)
    assert sum(gains["text"]) / 3 > 2.0
    assert better == "text" or sum(gains["anything"]) / 3 > 2.0
    assert better is None or sum(gains["text"]) > sum(gains["anything"])
