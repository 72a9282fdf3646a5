"""Attacks beside their bare gradients or forwards, and beside torchattacks and foolbox where these are installed.

On ResNet-18 of random weights; seconds are the processor's, of all threads, so that other work beside it changes no
ratio. All steps are taken and no photo leaves the batch, but in the rows that say so: APGD and Square get a budget too
small to fool. What the host itself adds to 50 photos, over one bare batch, is a row of `engine`, too.

The sizes are small, so that it ends in minutes; `python -m benchmarks.attacks` takes those of the goals (64 photos of
32×32, 4 of 224×224, 40 steps, 200 queries), which takes an hour on two cores.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.peers import imported
from benchmarks.timing import Row, alternate, medians, table
from desktop_app.testing import Bench, toy_classifier
from plugins.attack.apgd.descriptor import verilens_tools as apgd
from plugins.attack.pgd.descriptor import verilens_tools as pgd
from plugins.attack.square.descriptor import verilens_tools as square

_LEVELS, _FAINT = 4.0, 1e-3  # 8-bit levels

Runs = Mapping[str, Callable[[], Tensor | None]]


def measure(photos: int = 8, large: int = 1, steps: int = 10, queries: int = 20, count: int = 3) -> list[Row]:
    """Return rows for each attack and size of photo: against what it cannot do without, and against each peer.

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
    whole = {"eps": _LEVELS, "steps": steps, "stop_early": False}
    return [
        *_pgd_rows(near, small, steps, count, {"gradients": "–", "torchattacks": "≤ 0.85"}),
        *_rows(f"PGD-{steps}, photos that are fooled leave", near, small, count, {
            "ours": lambda: _ours(pgd, near, small, eps=_LEVELS, steps=steps),
            "all steps": lambda: _ours(pgd, near, small, **whole),
            **_of_torchattacks(near, small, lambda peer: peer.PGD(near, _LEVELS / 255.0, _LEVELS / 2550.0, steps)),
        }, {"torchattacks": "≤ 0.85"}),
        *_pgd_rows(far, wide, steps, count, {"gradients": "–", "torchattacks": "≤ 0.45 with AMX"}),
        *_rows(f"PGD-{steps}, gradients in bfloat16", far, wide, count, {
            "ours": lambda: _ours(pgd, far, wide, "bfloat16", **whole),
            "gradients": lambda: _gradients(far, wide, steps),
        }, {}),
        *_rows(f"APGD-CE {steps}", near, small, count, {
            "ours": lambda: _ours(apgd, near, small, eps=_FAINT, steps=steps, loss="ce"),
            "gradients": lambda: _gradients(near, small, steps),
            **_of_torchattacks(near, small, lambda peer: peer.APGD(near, eps=faint, steps=steps)),
        }, {"gradients": "≤ 1.05", "torchattacks": "≤ 0.85"}),
        *_rows(f"Square, {queries} queries", near, small, count, {
            "ours": lambda: _ours(square, near, small, eps=_FAINT, queries=queries),
            "forwards": lambda: _forwards(near, small, queries),
            **_of_torchattacks(near, small, lambda peer: peer.Square(near, eps=faint, n_queries=queries)),
        }, {"forwards": "≤ 1.15"}),
    ]  # fmt: skip


def _pgd_rows(net: nn.Module, images: Tensor, steps: int, count: int, goals: Mapping[str, str]) -> list[Row]:
    eps = _LEVELS / 255.0
    return _rows(f"PGD-{steps}", net, images, count, {
        "ours": lambda: _ours(pgd, net, images, eps=_LEVELS, steps=steps, stop_early=False),
        "gradients": lambda: _gradients(net, images, steps),
        **_of_torchattacks(net, images, lambda peer: peer.PGD(net, eps, eps / 10.0, steps)),
        **_of_foolbox(net, images, eps, steps),
    }, goals)  # fmt: skip


def _rows(
    work: str, net: nn.Module, images: Tensor, count: int, runs: Runs, goals: Mapping[str, str]
) -> list[Row]:  # fmt: skip
    """Return a row for each of the runs beside ours, and how many photos each fooled where it changed any."""
    fooled: dict[str, str] = {}
    with torch.no_grad():
        classes = net(images).argmax(1)

    def noted(name: str) -> None:
        changed = runs[name]()
        if changed is not None:
            with torch.no_grad():
                fooled[name] = f"{int((net(changed).argmax(1) != classes).sum())} of {len(images)} fooled"

    seconds = medians(alternate({name: partial(noted, name) for name in runs}, count, clock=time.process_time))
    n, _, height, width = images.shape
    return [
        Row(f"{work}, {n} × {height}×{width}", seconds["ours"], seconds[other], other, goals.get(other, "–"),
            note=", ".join(f"{who}: {fooled[who]}" for who in ("ours", other) if who in fooled))
        for other in runs if other != "ours"
    ]  # fmt: skip


def _ours(
    tools: Callable[[], Any], net: nn.Module, images: Tensor, precision: Any = "float32", **params: Any
) -> Tensor:  # fmt: skip
    found = Bench(tools()[0], precision=precision).call(images, params, models=[toy_classifier(net)]).image
    assert found is not None
    return found


def _of_torchattacks(net: nn.Module, images: Tensor, make: Callable[[Any], Any]) -> Runs:
    module = imported("torchattacks")
    if module is None:
        return {}
    with torch.no_grad():
        classes = net(images).argmax(1)

    def run() -> Tensor:
        changed: Tensor = make(module)(images, classes)
        return changed

    return {"torchattacks": run}


def _of_foolbox(net: nn.Module, images: Tensor, eps: float, steps: int) -> Runs:
    module = imported("foolbox")
    if module is None:
        return {}
    with torch.no_grad():
        classes = net(images).argmax(1)

    def run() -> Tensor:
        attack = module.attacks.LinfPGD(abs_stepsize=eps / 10.0, steps=steps)
        changed: Tensor = attack(module.PyTorchModel(net, bounds=(0, 1)), images, classes, epsilons=eps)[1]
        return changed

    return {"foolbox": run}


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


if __name__ == "__main__":
    print(table(measure(64, 4, 40, 200)))
