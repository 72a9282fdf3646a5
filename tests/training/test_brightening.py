"""What the brighteners learn from: darkness that is dark, losses that see no pair, critics of their own."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from plugins.restoration.curve.network import CurveNet, bent
from plugins.restoration.enlightengan.network import PLANES, EnlightenNet, attention, conditioned, look
from training.darkness import darkened
from training.lessons.curve import colour_constancy, exposure, smoothness, spatial_consistency
from training.lessons.enlightengan import Enlightening, loss, pairs


def scenes(count: int, side: int = 64) -> Tensor:
    coarse = torch.rand((count, 3, side // 8, side // 8), generator=torch.Generator().manual_seed(4))
    return torch.nn.functional.interpolate(coarse, (side, side), mode="bilinear")


def test_darkness_is_dark_in_the_levels_of_a_file_and_drawn_by_the_generator_alone() -> None:
    clean = scenes(24)
    first, again, other = (darkened(clean, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert first.equal(again)
    assert not first.equal(other)
    assert torch.allclose((first * 255).round(), first * 255, atol=1e-3)
    light = first.mean((1, 2, 3)) / clean.mean((1, 2, 3))
    assert float(light.median()) < 0.5
    assert float(light.max()) > 0.8  # some lack nothing


def test_the_loss_never_sees_a_scene_both_dark_and_lit() -> None:
    torch.manual_seed(0)
    trained, pair = Enlightening(), pairs(scenes(4), torch.Generator().manual_seed(3))
    before = loss(trained, pair)
    pair.wanted[:] = 0.0  # the dark photos' own daylight is in there
    assert loss(trained, pair).equal(before)


def test_critics_and_network_learn_by_their_own_share_alone() -> None:
    torch.manual_seed(0)
    trained, pair = Enlightening(), pairs(scenes(4), torch.Generator().manual_seed(3))
    weights = {name: value.detach().clone() for name, value in trained.named_parameters()}
    optimizer = torch.optim.Adam(trained.parameters(), lr=1e-3)
    loss(trained, pair).backward()  # type: ignore[no-untyped-call] # torch leaves it untyped
    optimizer.step()
    moved = {name for name, value in trained.named_parameters() if not value.equal(weights[name])}
    assert any(name.startswith("network.") for name in moved)
    assert {name.partition(".")[0] for name in moved} == {"network", "whole", "part"}
    # A critic has to tell the two apart: after its step it scores well-lit photos higher, against brightened ones.
    half = len(pair.given) // 2
    with torch.no_grad():
        for _ in range(2):
            found = trained.network(pair.given[:half])
        gap = trained.whole(pair.given[half:, :-PLANES]).mean() - trained.whole(found).mean()
        for name, value in trained.whole.named_parameters():
            value.copy_(weights[f"whole.{name}"])
        assert float(gap) > float(trained.whole(pair.given[half:, :-PLANES]).mean() - trained.whole(found).mean())


def test_untrained_it_gives_the_photo_back_and_white_is_left_alone() -> None:
    torch.manual_seed(0)
    network = EnlightenNet()
    for size in ((2, 3, 33, 50), (1, 1, 5, 7)):
        photos = torch.rand(size)
        assert network(conditioned(photos, look(photos))).equal(photos)
    torch.nn.init.normal_(network.head.weight, std=0.1)
    half_white = torch.cat([torch.ones(1, 3, 32, 16), torch.full((1, 3, 32, 16), 0.1)], dim=3)
    with torch.no_grad():
        answer = network(conditioned(half_white, look(half_white)))
    assert torch.allclose(answer[..., :16], half_white[..., :16], atol=1e-6)
    assert not torch.allclose(answer[..., 16:], half_white[..., 16:], atol=1e-3)
    assert float(attention(half_white).min()) == pytest.approx(0.0, abs=1e-6)


def test_how_a_photo_looks_says_quantiles_and_colours() -> None:
    ramp = torch.linspace(0, 1, 128).expand(1, 1, 96, 128) * torch.tensor([1.0, 0.5, 0.5]).view(1, 3, 1, 1)
    told = look(ramp)[0]
    assert told[:5].diff().min() > 0
    assert torch.allclose(told[5:], torch.tensor([0.5, 0.25, 0.25]), atol=0.01)


def test_curves_bend_without_leaving_the_scale_or_crossing() -> None:
    tones = torch.linspace(0, 1, 64).view(1, 1, 1, 64)
    for strength in (-1.0, -0.3, 0.0, 0.6, 1.0):
        after = bent(tones, torch.full((1, 8, 1, 64), strength))
        assert float(after.min()) >= 0.0
        assert float(after.max()) <= 1.0
        assert (after.diff(dim=-1) >= 0).all()
    assert bent(tones, torch.zeros(1, 8, 1, 64)).equal(tones)
    beyond = torch.tensor([-0.2, 1.3]).view(1, 1, 1, 2)
    assert bent(beyond, torch.ones(1, 8, 1, 2)).equal(beyond)


def test_losses_of_curves_are_nothing_where_nothing_is_wrong() -> None:
    fair = torch.full((2, 3, 32, 32), 0.5)
    assert float(exposure(fair)) == float(colour_constancy(fair)) == float(spatial_consistency(fair, fair)) == 0.0
    assert float(exposure(fair * 0.2)) > 0.3
    assert float(colour_constancy(fair * torch.tensor([1.0, 0.5, 0.5]).view(1, 3, 1, 1))) > 0.1
    edge = fair.clone()
    edge[..., 16:] = 0.1
    assert float(spatial_consistency(fair, edge)) > 0.001
    with torch.no_grad():
        curves = CurveNet()(scenes(1, 30))
    assert curves.shape == (1, 24, 30, 30)
    assert float(smoothness(curves)) > 0.0
