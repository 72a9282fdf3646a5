"""Orthogonal steps: all directions alike, Adam's where they are not, and gone on with bit for bit."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from training.orthogonal import OrthogonalSchedule, nearest_orthogonal


@pytest.mark.parametrize("shape", [(16, 48), (16, 144), (144, 16)])
def test_all_directions_come_out_alike(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    matrix[:, 0] *= 30.0
    lengths = torch.linalg.svdvals(nearest_orthogonal(matrix))
    assert 0.5 < float(lengths.min()) <= float(lengths.max()) < 1.4
    assert float((matrix * nearest_orthogonal(matrix)).sum()) > 0.0


def network() -> nn.Sequential:
    torch.manual_seed(3)
    return nn.Sequential(nn.Conv2d(2, 8, 3), nn.Conv2d(8, 8, 3), nn.Conv2d(8, 8, 3), nn.Conv2d(8, 1, 3))


def taken(net: nn.Sequential, optimizer: torch.optim.Optimizer, steps: int) -> float:
    given = torch.rand(4, 2, 12, 12, generator=torch.Generator().manual_seed(1))
    for _ in range(steps):
        loss = (net(given) - given[:, :1, 4:-4, 4:-4]).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return float(loss.detach())


def test_it_learns_and_the_rest_goes_as_adam_goes() -> None:
    schedule = OrthogonalSchedule(steps=40, rate=5e-3)
    net = network()
    optimizer = schedule.optimizer(net)
    assert [len(group["params"]) for group in optimizer.param_groups] == [2, 2, 4]
    first = taken(net, optimizer, 1)
    assert taken(net, optimizer, 39) < 0.5 * first
    ours, theirs = nn.Linear(3, 2), nn.Linear(3, 2)
    theirs.load_state_dict(ours.state_dict())
    steps = (schedule.optimizer(ours), torch.optim.Adam(theirs.parameters(), lr=5e-3, betas=(0.9, 0.99)))
    for net, optimizer in zip((ours, theirs), steps, strict=True):
        for group in optimizer.param_groups:
            group["weight_decay"] = 0.0
        for value in (1.0, -2.0, 0.5):
            optimizer.zero_grad()
            (net(torch.full((1, 3), value)).square().sum()).backward()
            optimizer.step()
    torch.testing.assert_close(ours.weight, theirs.weight)


def test_a_state_that_was_kept_goes_on_exactly() -> None:
    schedule = OrthogonalSchedule(steps=8, rate=1e-3)
    whole, halves = network(), network()
    taken(whole, schedule.optimizer(whole), 8)
    optimizer = schedule.optimizer(halves)
    taken(halves, optimizer, 4)
    again = schedule.optimizer(halves)
    again.load_state_dict(optimizer.state_dict())
    taken(halves, again, 4)
    for one, other in zip(whole.parameters(), halves.parameters(), strict=True):
        assert one.equal(other)
