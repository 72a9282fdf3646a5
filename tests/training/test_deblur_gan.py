"""Critics beside the deblurring network: neither's loss reaches the other, and grids are heard by all."""

from __future__ import annotations

import torch
from safetensors.torch import load_file
from torch import Tensor

from desktop_app.api import bundled_network
from plugins.restoration.gan.network import BORROWED, build
from training.chance import drawn_by
from training.lessons.deblur_gan import Sharpening, grid, loss, pairs


def _photos(count: int, side: int) -> Tensor:
    return torch.rand((count, 3, side, side), generator=torch.Generator().manual_seed(3))


def test_what_repeats_with_blocks_is_heard_and_texture_is_not() -> None:
    """Of the same deviation, a grid costs many times as much as noise; an even error costs nothing."""
    columns = (torch.arange(64) % 2).float() - 0.5
    stripes, texture = columns.expand(1, 3, 64, 64), 0.5 * torch.randn(1, 3, 64, 64, generator=drawn_by(1))
    assert float(grid(stripes)) > 2.0 * float(grid(texture)) > 0.0
    assert float(grid(columns[:, None] * columns.expand(1, 3, 64, 64))) > float(grid(0.5 * texture))
    assert float(grid(torch.full((1, 1, 33, 47), 0.3))) < 1e-6


def test_each_side_learns_by_its_own_loss() -> None:
    """Without what the critics say to the network, theirs is the same; the network's gradient reaches no critic."""
    torch.manual_seed(0)
    trained, pair = Sharpening(), pairs(_photos(2, 64), drawn_by(4))
    loss(trained, pair).backward()
    told = [p.grad.clone() for p in trained.large.parameters() if p.grad is not None]
    assert len(told) == len(list(trained.large.parameters()))
    assert any(bool(p.grad.abs().sum() > 0) for p in trained.network.parameters() if p.grad is not None)
    found = trained.network.moments(pair.given)[0].detach()
    trained.zero_grad()
    down, right = (int(number) for number in pair.extra["shift"][0])
    worse, better = trained.large(found[..., down:, right:]), trained.large(pair.wanted[..., down:, right:])
    alone = 0.5 * ((better - worse.mean() - 1.0).square().mean() + (worse - better.mean() + 1.0).square().mean())
    alone.backward()
    for before, parameter in zip(told, trained.large.parameters(), strict=True):
        assert parameter.grad is not None
        torch.testing.assert_close(before, parameter.grad, atol=1e-5, rtol=1e-3)


def test_what_critics_see_is_shifted_by_chance_and_alike_on_both_sides() -> None:
    shifts = {tuple(pairs(_photos(1, 32), drawn_by(seed)).extra["shift"][0].tolist()) for seed in range(12)}
    assert len(shifts) > 4
    assert all(0 <= number < 4 for shift in shifts for number in shift)


def test_the_lowest_level_is_borrowed_and_never_stored() -> None:
    """Whatever else is loaded, it is the lender's; and the card's weights were learnt from just these."""
    lender, files = bundled_network("deblur_multiscale")
    network = build()
    state = network.state_dict()
    assert state
    assert not any(name.startswith(BORROWED) for name in state)
    network.load_state_dict({name: torch.zeros_like(value) for name, value in state.items()})
    kept = {name: value.float() for name, value in load_file(files["weights"]).items() if name.startswith(BORROWED)}
    assert kept
    own = dict(network.named_parameters())
    for name, value in kept.items():
        assert own[name].equal(value)
        assert not own[name].requires_grad
    card, _ = bundled_network("deblur_gan")
    assert card["recipe"]["start"] == card["recipe"]["anchor"] == lender["sha256"]
