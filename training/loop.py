"""The loop that recipes share: resumable from any kill, bfloat16 with channels last, averaged weights, a cosine.

A recipe says what is trained on what; a batch depends on the recipe's seed and the number of the step alone, so that a
run which was killed goes on bit for bit on the same machine.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from math import cos, pi
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import torch
from torch import Tensor, nn

from training.optimisation import load_checkpoint, save_checkpoint, set_rate

__all__ = ["Recipe", "Run", "Schedule", "resumed", "train"]

Net = TypeVar("Net", bound=nn.Module)
_CHECKPOINT = "checkpoint.pt"


@dataclass(frozen=True)
class Schedule:
    """How long, how fast, how often looked at.

    Parameters
    ----------
    steps : int
        Batches in all.
    rate : float
        AdamW's learning rate after the warm-up; it falls along half a cosine to `last` times itself.
    warmup : int
        Steps in which it rises from zero.
    average : float
        Decay of the exponential moving average of the weights, by step.
    every : int
        Steps between two checkpoints, each with a held-out figure.
    """

    steps: int = 20_000
    rate: float = 1e-3
    warmup: int = 300
    last: float = 1e-3
    weight_decay: float = 1e-4
    average: float = 0.999
    every: int = 500
    seed: int = 0

    def factor(self, step: int) -> float:
        """Return the factor on the learning rate at a step, in (0, 1]."""
        if step < self.warmup:
            return (step + 1) / self.warmup
        done = (step - self.warmup) / max(self.steps - self.warmup, 1)
        return self.last + (1 - self.last) * (1 + cos(pi * min(done, 1.0))) / 2


class Recipe(Protocol[Net]):
    """What a network learns, and from what."""

    @property
    def name(self) -> str:
        """The model's name; also the run's folder."""

    @property
    def schedule(self) -> Schedule:
        """How long and how fast."""

    def network(self) -> Net:
        """Return the network where training starts."""

    def loss(self, network: Net, step: int) -> Tensor:
        """Return the scalar loss of the step's batch; what is random in it is drawn from (seed, step)."""

    def held_out(self, network: Net) -> Mapping[str, float]:
        """Return figures on photos that are never trained on, of a network in eval mode."""


@dataclass
class Run(Generic[Net]):
    """A training under way: all that changes from step to step, and so all that a checkpoint holds."""

    network: Net
    averaged: Net
    optimizer: torch.optim.Optimizer
    step: int = 0
    seconds: float = 0.0
    curve: list[dict[str, float]] = field(default_factory=list)

    def snapshot(self, schedule: Schedule) -> dict[str, Any]:
        """Return what `restored` needs to go on exactly."""
        return {
            "schedule": asdict(schedule), "network": self.network.state_dict(), "averaged": self.averaged.state_dict(),
            "optimizer": self.optimizer.state_dict(), "step": self.step, "seconds": self.seconds, "curve": self.curve,
        }  # fmt: skip

    def restore(self, schedule: Schedule, state: Mapping[str, Any]) -> None:
        """Put a `snapshot` of the same schedule back.

        Raises
        ------
        ValueError
            If it is of another schedule.
        """
        if state["schedule"] != asdict(schedule):
            raise ValueError(f"expected a checkpoint of {asdict(schedule)}, got one of {state['schedule']}; "
                             "use the same options, or another folder to start afresh")
        self.network.load_state_dict(state["network"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds, self.curve = state["step"], state["seconds"], list(state["curve"])


def train(recipe: Recipe[Net], folder: Path, device: torch.device | None = None) -> Run[Net]:
    """Train by a recipe, or go on with it where the folder holds a checkpoint.

    Writes ``checkpoint.pt`` and ``curve.jsonl`` into the folder, and prints a line with the time left, at each look.

    Parameters
    ----------
    recipe : Recipe
        What is learnt.
    folder : Path
        Of this run alone.
    device : torch.device, optional
        The CPU by default.

    Returns
    -------
    Run
        Its ``averaged`` network is the result, in eval mode.
    """
    schedule, checkpoint = recipe.schedule, folder / _CHECKPOINT
    run = resumed(recipe, folder, device) if checkpoint.is_file() else _begin(recipe, device)
    total, started = 0.0, time.perf_counter()
    while run.step < schedule.steps:
        total += _step(recipe, run)
        if run.step % schedule.every == 0 or run.step == schedule.steps:
            run.seconds += time.perf_counter() - started
            figures = {"loss": total / schedule.every, **recipe.held_out(run.averaged)}
            run.curve.append({"step": run.step, "seconds": round(run.seconds, 1), **figures})
            save_checkpoint(checkpoint, run.snapshot(schedule))
            (folder / "curve.jsonl").write_text("".join(json.dumps(row) + "\n" for row in run.curve))
            print(_line(recipe, run), flush=True)
            total, started = 0.0, time.perf_counter()
    return run


def resumed(recipe: Recipe[Net], folder: Path, device: torch.device | None = None) -> Run[Net]:
    """Return a run as its last checkpoint left it.

    Raises
    ------
    FileNotFoundError
        If the folder holds none.
    ValueError
        If it is of another schedule.
    """
    run = _begin(recipe, device)
    run.restore(recipe.schedule, load_checkpoint(folder / _CHECKPOINT))
    return run


def _begin(recipe: Recipe[Net], device: torch.device | None) -> Run[Net]:
    schedule, device = recipe.schedule, device or torch.device("cpu")
    torch.manual_seed(schedule.seed)
    network = recipe.network().to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    averaged = deepcopy(network).eval().requires_grad_(False)
    groups = [
        {"params": [p for p in network.parameters() if p.ndim > 1], "weight_decay": schedule.weight_decay},
        {"params": [p for p in network.parameters() if p.ndim <= 1], "weight_decay": 0.0},
    ]
    for group in groups:
        group["peak"] = schedule.rate
    return Run(network, averaged, torch.optim.AdamW(groups, lr=schedule.rate, betas=(0.9, 0.99)))


def _step(recipe: Recipe[Net], run: Run[Net]) -> float:
    schedule = recipe.schedule
    set_rate(run.optimizer, schedule.factor(run.step))
    torch.manual_seed((schedule.seed << 32) + run.step)  # dropout is the only one to draw from it
    run.network.train()
    loss = recipe.loss(run.network, run.step)
    run.optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call] # torch leaves it untyped
    nn.utils.clip_grad_norm_(run.network.parameters(), 1.0)
    run.optimizer.step()
    run.step += 1
    decay = min(schedule.average, (1 + run.step) / (10 + run.step))
    with torch.no_grad():
        for mean, value in zip(run.averaged.state_dict().values(), run.network.state_dict().values(), strict=True):
            mean.lerp_(value, 1 - decay) if mean.is_floating_point() else mean.copy_(value)
    return loss.item()


def _line(recipe: Recipe[Net], run: Run[Net]) -> str:
    steps = recipe.schedule.steps
    left = run.seconds / run.step * (steps - run.step)
    figures = "  ".join(f"{k} {v:.4g}" for k, v in run.curve[-1].items() if k not in ("step", "seconds"))
    return f"{recipe.name} {run.step}/{steps}  {figures}  {run.seconds:.0f} s done, {left:.0f} s left"
