"""The training loop: a killed run goes on as if nothing had been, and a run says how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from training.loop import Schedule, train


@dataclass(frozen=True)
class Doubling:
    """Learns to double a number, with dropout, so that random numbers matter."""

    schedule: Schedule
    name: str = "doubling"
    dies_at: int | None = None

    def network(self) -> nn.Sequential:
        return nn.Sequential(nn.Conv2d(1, 8, 1), nn.Dropout(0.2), nn.Conv2d(8, 1, 1))

    def loss(self, network: nn.Sequential, step: int) -> Tensor:
        if step == self.dies_at:
            raise KeyboardInterrupt
        given = torch.randn(16, 1, 2, 2, generator=torch.Generator().manual_seed(step))
        loss: Tensor = (network(given) - 2 * given).square().mean()
        return loss

    def held_out(self, network: nn.Sequential) -> Mapping[str, float]:
        return {"off": float((network(torch.ones(1, 1, 1, 1)) - 2).abs())}


SHORT = Schedule(steps=60, every=20, rate=0.02, warmup=5)


def test_a_killed_run_ends_bit_for_bit_where_an_unbroken_one_does(tmp_path: Path) -> None:
    unbroken = train(Doubling(SHORT), tmp_path / "unbroken")
    with pytest.raises(KeyboardInterrupt):
        train(Doubling(SHORT, dies_at=47), tmp_path / "killed")
    resumed = train(Doubling(SHORT), tmp_path / "killed")
    for ours, theirs in ((resumed.network, unbroken.network), (resumed.averaged, unbroken.averaged)):
        for name, value in ours.state_dict().items():
            assert value.equal(theirs.state_dict()[name]), name
    assert [row["off"] for row in resumed.curve] == [row["off"] for row in unbroken.curve]


def test_it_learns_and_says_how_far_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = train(Doubling(Schedule(steps=400, every=100, rate=0.02, warmup=5, average=0.9)), tmp_path)
    assert run.curve[-1]["off"] < 0.2 < run.curve[0]["off"] + 0.2
    assert "doubling 400/400" in capsys.readouterr().out
    assert len((tmp_path / "curve.jsonl").read_text(encoding="utf-8").splitlines()) == 4


def test_a_checkpoint_of_another_schedule_is_refused(tmp_path: Path) -> None:
    train(Doubling(SHORT), tmp_path)
    with pytest.raises(ValueError, match="use the same options"):
        train(Doubling(Schedule(steps=80, every=20)), tmp_path)


def test_the_rate_rises_then_falls() -> None:
    schedule = Schedule(steps=1000, warmup=100)
    factors = [schedule.factor(step) for step in range(1000)]
    assert max(factors) == factors[99] == 1.0
    assert factors[0] == pytest.approx(0.01)
    assert factors[-1] == pytest.approx(schedule.last, rel=0.05)
