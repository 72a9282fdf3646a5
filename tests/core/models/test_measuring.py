"""How a network may be cut is found out by cutting: along windows that nobody told of where it has such."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from desktop_app.core.models.measuring import tried
from desktop_app.core.models.restorer import Restorer


class Windows(nn.Module):
    """Takes off what windows have in common, as networks do whose attention ends at a window's border."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size

    def forward(self, images: Tensor) -> Tensor:
        height, width = images.shape[-2:]
        padded = F.pad(images, (0, -width % self._size, 0, -height % self._size), "replicate")
        means = F.interpolate(F.avg_pool2d(padded, self._size), scale_factor=float(self._size))
        return images - 0.5 * means[..., :height, :width]


class Blur(nn.Module):
    """Looks as far as it is wide."""

    def __init__(self, reach: int) -> None:
        super().__init__()
        self._reach = reach

    def forward(self, images: Tensor) -> Tensor:
        edge = 2 * self._reach + 1
        return F.avg_pool2d(images, edge, 1, self._reach, count_include_pad=False)


class Cyclic(nn.Module):
    """Sees at a photo's border what lies at the opposite one."""

    def forward(self, images: Tensor) -> Tensor:
        return images + 0.5 * images.roll((4, 4), (2, 3))


def found(network: nn.Module, multiple: int = 1) -> tuple[Any, ...]:
    facts = {"multiple": multiple, "tiling": "measure"}
    told = tried(Restorer(network, multiple=multiple), "net.pth", facts, lambda: None)
    return told["tiling"], told["reach"], told["multiple"]


@pytest.mark.parametrize(
    ("network", "multiple", "wanted"),
    [
        (Windows(8), 1, ("exact", 16, 16)),
        (Windows(16), 1, ("exact", 16, 16)),
        (Windows(16), 16, ("exact", 16, 16)),
        (Windows(24), 1, ("whole", None, 1)),
        (Cyclic(), 1, ("whole", None, 1)),
        (Blur(12), 1, ("exact", 16, 1)),
        (Blur(30), 1, ("exact", 32, 1)),
        (Blur(60), 1, ("exact", 64, 1)),
        (Blur(90), 1, ("whole", None, 1)),
        (Blur(12), 7, ("exact", 21, 7)),
    ],
)
def test_it_is_cut_where_that_changes_nothing(network: nn.Module, multiple: int, wanted: tuple[Any, ...]) -> None:
    assert found(network, multiple) == wanted


def test_a_seam_that_nobody_sees_is_an_overlap() -> None:
    class Faint(Blur):
        def forward(self, images: Tensor) -> Tensor:
            return images + 1e-3 * super().forward(images)

    assert found(Faint(90))[0] == "overlap"
    torch.testing.assert_close(Faint(3)(torch.zeros(1, 3, 9, 9)), torch.zeros(1, 3, 9, 9))


def test_a_network_that_writes_on_its_input_leaves_the_photo_as_it_was() -> None:
    class Writing(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return images.sub_(0.25).mul_(2.0)

    for channels in (1, 3):
        photos = torch.rand(2, channels, 6, 8)
        before = photos.clone()
        torch.testing.assert_close(Restorer(Writing())(photos), 2.0 * (before - 0.25))
        assert torch.equal(photos, before)
