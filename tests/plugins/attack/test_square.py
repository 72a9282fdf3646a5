"""Squares without gradients: where they go, what they are made of, and that they fool in both norms."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from desktop_app.testing import toy_classifier
from desktop_app.testing.running import Bench
from plugins.attack.square.windows import Room, two_bumps
from tests.support.tools import BUILT_IN_TOOLS

WEIGHTS = (
    torch.randn(3, 4, 4, generator=torch.Generator().manual_seed(0)).repeat_interleave(4, 1).repeat_interleave(4, 2)
)
PHOTOS = 0.3 + 0.4 * torch.rand(4, 3, 16, 16, generator=torch.Generator().manual_seed(1))


class Linear(nn.Module):
    """Two classes on the two sides of a plane; counts how often it is asked, whatever the batch."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def forward(self, images: Tensor) -> Tensor:
        self.calls += 1
        lead = (images * WEIGHTS).sum((1, 2, 3))
        return torch.stack([lead, -lead], 1)


def attacked(norm: str, eps: float, queries: int, mask: Tensor | None = None) -> tuple[Tensor, int]:
    """Return which photos are fooled by what stays inside the mask, and how often the model was called."""
    net = Linear()
    model = toy_classifier(net, classes=2)
    bench = Bench(BUILT_IN_TOOLS.tool("attack.square"), BUILT_IN_TOOLS)
    image = bench.call(PHOTOS, {"norm": norm, "eps": eps, "queries": queries}, models=[model], mask=mask).image
    assert image is not None
    calls = net.calls
    return model(image).argmax(1) != model(PHOTOS).argmax(1), calls


@pytest.mark.parametrize(("norm", "times"), [("linf", 2.0), ("l2", 4.0)])
@pytest.mark.parametrize("is_masked", [False, True])
def test_a_few_times_the_least_change_is_enough_for_it(norm: str, times: float, is_masked: bool) -> None:
    """In L2 more, where every value counts: other implementations, too, get a third of the way."""
    mask = torch.zeros(4, 1, 16, 16)
    mask[..., 4:12, 8:16] = 1.0
    weights = WEIGHTS * mask[0] if is_masked else WEIGHTS
    length = weights.abs().sum() if norm == "linf" else weights.norm()
    least = 255.0 * float(((PHOTOS * WEIGHTS).sum((1, 2, 3)).abs() / length).max())
    assert bool(attacked(norm, times * least, 400, mask if is_masked else None)[0].all())


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_a_query_about_all_photos_is_one_call(norm: str) -> None:
    fooled, calls = attacked(norm, 0.01, 30)
    assert not bool(fooled.any())
    assert calls <= 30 + 2, "one for the wish and one for where it begins, beside a call a query"


def test_squares_lie_inside_the_box_of_the_mask_and_reach_all_of_it() -> None:
    mask = torch.zeros(1, 1, 9, 11)
    mask[..., 2:7, 3:9] = 1.0
    like, room = torch.zeros(1, 3, 9, 11), Room.of(torch.zeros(1, 3, 9, 11), mask)
    assert (int(room.tops), int(room.lefts), int(room.heights), int(room.widths)) == (2, 3, 5, 6)
    sides = room.sides(0.3)
    assert int(sides) == 3
    reached = torch.zeros_like(mask)
    for chances in torch.rand(300, 1, 2, generator=torch.Generator().manual_seed(0)):
        inside = room.window(sides, chances).holds(like)
        assert int(inside.sum()) == 9
        reached[inside] = 1.0
    assert reached.equal(mask)
    corner = room.window(sides, torch.full((1, 2), 1.0 - 2.0**-24))
    assert (int(corner.tops), int(corner.lefts)) == (4, 6)


def test_a_mask_that_holds_nothing_leaves_squares_of_a_pixel() -> None:
    room = Room.of(torch.zeros(1, 3, 5, 5), torch.zeros(1, 1, 5, 5))
    assert int(room.sides(0.001)) == 1


@pytest.mark.parametrize("side", [1, 2, 3, 5, 8])
def test_two_bumps_are_opposite_and_fall_from_their_middles(side: int) -> None:
    places = torch.arange(-1, side + 1)
    bumps = two_bumps(places.view(-1, 1), places, torch.full((1, 1, 1, 1), side))[0, 0]
    assert bool((bumps[[0, -1]] == 0.0).all())
    assert bool((bumps[:, [0, -1]] == 0.0).all())
    upper, lower = bumps[1 : 1 + side // 2], bumps[1 + side // 2 : 1 + side]
    assert bool((upper[:, 1:-1] > 0.0).all())
    assert bool((lower[:, 1:-1] < 0.0).all())
    if side % 2 == 0:
        torch.testing.assert_close(upper, -lower)
    assert int(lower[:, 1:-1].abs().argmax()) == (side - side // 2) // 2 * side + side // 2
