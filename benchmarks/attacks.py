"""Attacks beside their bare gradients or forwards, and beside torchattacks where it is installed, on random ResNet-18.

No photo leaves the batch: PGD takes all steps, and the others get a budget too small to fool. What 50 photos cost
through the engine, over one bare batch, is a row of `engine`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.peers import imported
from benchmarks.timing import Row, alternate, medians
from desktop_app.testing import call_tool, toy_classifier
from plugins.attack.apgd.descriptor import verilens_tools as apgd
from plugins.attack.pgd.descriptor import verilens_tools as pgd
from plugins.attack.square.descriptor import verilens_tools as square

_LEVELS, _FAINT = 4.0, 1e-3  # 8-bit levels


def measure(photos: int = 64, large: int = 4, steps: int = 40, queries: int = 200, count: int = 3) -> list[Row]:
    """Return a row for each attack and size of photo.

    Parameters
    ----------
    photos, large : int
        How many of 32×32 pixels, and how many of 224×224.
    steps, queries, count : int
        Of the attacks by gradients, of the one without, and how often each is timed.
    """
    draw = torch.Generator().manual_seed(0)
    small, wide = (torch.rand(n, 3, side, side, generator=draw) for n, side in ((photos, 32), (large, 224)))
    near, far = _ResNet(32).eval().requires_grad_(False), _ResNet(224).eval().requires_grad_(False)
    faint = _FAINT / 255.0
    return [
        _pgd_row(near, small, steps, count, "≤ 0.85 × torchattacks"),
        _pgd_row(far, wide, steps, count, "≤ 0.45 × torchattacks with AMX"),
        _row(f"APGD-CE {steps}", near, small, "gradients", "≤ 1.05 × gradients", count, {
            "ours": lambda: _ours(apgd, near, small, eps=_FAINT, steps=steps, loss="ce"),
            "bare": lambda: _gradients(near, small, steps),
        }, lambda peer: peer.APGD(near, eps=faint, steps=steps)),
        _row(f"Square, {queries} queries", near, small, "forwards", "≤ 1.15 × forwards", count, {
            "ours": lambda: _ours(square, near, small, eps=_FAINT, queries=queries),
            "bare": lambda: _forwards(near, small, queries),
        }, lambda peer: peer.Square(near, eps=faint, n_queries=queries)),
    ]  # fmt: skip


def _pgd_row(net: nn.Module, images: Tensor, steps: int, count: int, goal: str) -> Row:
    return _row(f"PGD-{steps}", net, images, "gradients", goal, count, {
        "ours": lambda: _ours(pgd, net, images, eps=_LEVELS, steps=steps, stop_early=False),
        "bare": lambda: _gradients(net, images, steps),
    }, lambda peer: peer.PGD(net, _LEVELS / 255.0, _LEVELS / 2550.0, steps))  # fmt: skip


def _row(
    work: str, net: nn.Module, images: Tensor, bare: str, goal: str, count: int,
    runs: Mapping[str, Callable[[], object]], peer: Callable[[Any], Any],
) -> Row:  # fmt: skip
    module = imported("torchattacks")
    if module is not None:
        with torch.no_grad():
            classes = net(images).argmax(1)
        runs = {**runs, "theirs": lambda: peer(module)(images, classes)}
    seconds = medians(alternate(runs, count=count))
    theirs = f"torchattacks {seconds['theirs']:.3g} s" if module is not None else "torchattacks is not installed"
    n, _, height, width = images.shape
    return Row(f"{work}, {n} × {height}×{width}", seconds["ours"], seconds["bare"], f"bare {bare}", goal, note=theirs)


def _ours(tools: Callable[[], Any], net: nn.Module, images: Tensor, **params: Any) -> object:
    return call_tool(tools()[0], images, params, models=[toy_classifier(net)])


def _gradients(net: nn.Module, images: Tensor, steps: int) -> None:
    for _ in range(steps):
        moved = images.clone().requires_grad_(True)
        torch.autograd.grad(net(moved).logsumexp(1).sum(), moved)


def _forwards(net: nn.Module, images: Tensor, queries: int) -> None:
    with torch.no_grad():
        for _ in range(queries):
            net(images)


class _Block(nn.Module):
    """Two convolutions beside a shortcut (He et al. 2016, arXiv:1512.03385)."""

    def __init__(self, before: int, width: int, stride: int) -> None:
        super().__init__()
        self.path = nn.Sequential(
            nn.Conv2d(before, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
            nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width),
        )  # fmt: skip
        shortcut = nn.Sequential(nn.Conv2d(before, width, 1, stride, bias=False), nn.BatchNorm2d(width))
        self.shortcut = shortcut if stride > 1 else nn.Identity()

    def forward(self, images: Tensor) -> Tensor:
        summed: Tensor = self.path(images) + self.shortcut(images)
        return summed.relu()


class _ResNet(nn.Sequential):
    """ResNet-18 of random weights and ten classes, with the stem that photos of that side are usual with."""

    def __init__(self, side: int) -> None:
        torch.manual_seed(0)
        wide = (nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
        stem = wide if side > 64 else (nn.Conv2d(3, 64, 3, 1, 1, bias=False), *wide[1:3])
        widths = pairwise((64, 64, 64, 128, 128, 256, 256, 512, 512))
        blocks = [_Block(before, width, 1 + (width > before)) for before, width in widths]
        super().__init__(*stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))
