"""The training loop: a killed run goes on as if nothing had been, and a run says how far it is."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from desktop_app.api.errors import InputError, ParameterError
from training.loop import CHECKPOINT, Recipe, train
from training.optimisation import Lookahead, Schedule


@dataclass(frozen=True)
class Doubling:
    """Learns to double a number, with dropout, so that random numbers matter."""

    schedule: Schedule | Lookahead
    name: str = "doubling"
    options: Mapping[str, Any] = field(default_factory=dict)
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


LOOKING = Lookahead(steps=60, every=20, rate=0.001)


@pytest.mark.parametrize("schedule", [SHORT, LOOKING], ids=["average", "lookahead"])
def test_a_killed_run_ends_bit_for_bit_where_an_unbroken_one_does(
    tmp_path: Path, schedule: Schedule | Lookahead
) -> None:
    unbroken = train(Doubling(schedule), tmp_path / "unbroken")
    with pytest.raises(KeyboardInterrupt):
        train(Doubling(schedule, dies_at=47), tmp_path / "killed")
    resumed = train(Doubling(schedule), tmp_path / "killed")
    for ours, theirs in ((resumed.network, unbroken.network), (resumed.averaged, unbroken.averaged)):
        for name, value in ours.state_dict().items():
            assert value.equal(theirs.state_dict()[name]), name
    assert [row["off"] for row in resumed.curve] == [row["off"] for row in unbroken.curve]


def test_it_learns_and_says_how_far_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = train(Doubling(Schedule(steps=400, every=100, rate=0.02, warmup=5, average=0.9)), tmp_path)
    assert run.curve[-1]["off"] < 0.2 < run.curve[0]["off"] + 0.2
    assert "doubling 400/400" in capsys.readouterr().out
    assert len((tmp_path / "curve.jsonl").read_text(encoding="utf-8").splitlines()) == 4


def test_a_checkpoint_by_other_options_is_refused(tmp_path: Path) -> None:
    train(Doubling(SHORT), tmp_path)
    with pytest.raises(ParameterError, match=r"got one with steps 60, rate 0.02, warmup 5; use the same options"):
        train(Doubling(Schedule(steps=80, every=20)), tmp_path)
    with pytest.raises(ParameterError, match="got one with crop None"):
        train(Doubling(SHORT, options={"crop": 4}), tmp_path)


@pytest.mark.parametrize("left", [0, 40, -1])
def test_a_damaged_checkpoint_is_told(tmp_path: Path, left: int) -> None:
    train(Doubling(SHORT), tmp_path)
    file = tmp_path / CHECKPOINT
    file.write_bytes(file.read_bytes()[:left])
    with pytest.raises(InputError, match=r"whole at .*checkpoint.pt.*, got one that is damaged; .* --fresh"):
        train(Doubling(SHORT), tmp_path)


def test_a_full_disk_loses_nothing_that_was_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unbroken = train(Doubling(SHORT), tmp_path / "unbroken")
    real, synced = os.fsync, list[int]()

    def full(descriptor: int) -> None:
        synced.append(descriptor)
        if len(synced) > 4:  # the file and its folder, for checkpoint and curve of the first look
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match=r"no space left on device; .* the same command goes on from step 20"):
        train(Doubling(SHORT), tmp_path / "full")
    monkeypatch.setattr(os, "fsync", real)
    resumed = train(Doubling(SHORT), tmp_path / "full")
    assert [row["off"] for row in resumed.curve] == [row["off"] for row in unbroken.curve]


def test_processes_that_are_joined_learn_the_mean_of_their_batches(tmp_path: Path) -> None:
    """One process through Accelerate takes the very steps that it takes alone."""
    from accelerate import Accelerator

    alone = train(Doubling(SHORT), tmp_path / "alone")
    joined = train(Doubling(SHORT), tmp_path / "joined", together=Accelerator(cpu=True))
    for name, value in joined.averaged.state_dict().items():
        assert value.equal(alone.averaged.state_dict()[name]), name


def test_a_loss_is_the_mean_since_the_last_look(tmp_path: Path) -> None:
    class Constant(Doubling):
        def loss(self, network: nn.Sequential, step: int) -> Tensor:
            return super().loss(network, step) * 0 + 3.0

    recipe: Recipe[nn.Sequential] = Constant(Schedule(steps=50, every=20))
    assert [row["loss"] for row in train(recipe, tmp_path).curve] == [3.0, 3.0, 3.0]


def test_the_rate_rises_then_falls() -> None:
    schedule = Schedule(steps=1000, warmup=100)
    factors = [schedule.factor(step) for step in range(1000)]
    assert max(factors) == factors[99] == 1.0
    assert factors[0] == pytest.approx(0.01)
    assert factors[-1] == pytest.approx(schedule.last, rel=0.05)
