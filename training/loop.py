"""The loop that recipes share: resumable from any kill, bfloat16 with channels last, slow weights, a held-out figure.

A recipe says what is trained on what; a batch depends on the recipe's seed and the number of the step alone, so that a
run which was killed goes on bit for bit on the same machine. Several GPUs: ``torchrun -m desktop_app.cli train
RECIPE``; each process takes a batch of its own at every step.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import torch
from torch import Tensor, nn

from desktop_app.api.errors import InputError, ParameterError, VerilensError
from desktop_app.core.atomic import write_whole
from desktop_app.core.jobs.devices import resolve_device
from training.chance import seed_of
from training.checkpoints import load_checkpoint, save_checkpoint
from training.optimisation import Course, set_rate
from training.telling import overwritten, time_left

if TYPE_CHECKING:
    from accelerate import Accelerator

__all__ = ["CHECKPOINT", "CURVE", "Recipe", "Run", "pick_device", "resumed", "train"]

Net = TypeVar("Net", bound=nn.Module)
CHECKPOINT, CURVE = "checkpoint.pt", "curve.jsonl"


class Recipe(Protocol[Net]):
    """What a network learns, and from what."""

    @property
    def name(self) -> str:
        """The model's name."""

    @property
    def schedule(self) -> Course:
        """How long, how fast, how often looked at."""

    @property
    def options(self) -> Mapping[str, Any]:
        """What else decides the result, as plain values: a run goes on only by the same."""

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

    def snapshot(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return what `restore` needs to go on exactly."""
        return {
            "options": dict(options), "network": self.network.state_dict(), "averaged": self.averaged.state_dict(),
            "optimizer": self.optimizer.state_dict(), "step": self.step, "seconds": self.seconds, "curve": self.curve,
        }  # fmt: skip

    def restore(self, options: Mapping[str, Any], state: Mapping[str, Any]) -> None:
        """Put a `snapshot` by the same options back.

        Raises
        ------
        ParameterError
            If it is by others.
        """
        before, now = state["options"], dict(options)
        if before != now:
            others = [f"{name} {before.get(name)}" for name in {**before, **now} if before.get(name) != now.get(name)]
            raise ParameterError(f"expected to go on with a run by the same options, got one with {', '.join(others)}; "
                                 "use the same options, or --fresh to begin anew")
        self.network.load_state_dict(state["network"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds, self.curve = state["step"], state["seconds"], list(state["curve"])


def train(
    recipe: Recipe[Net], folder: Path, device: torch.device | None = None, together: Accelerator | None = None
) -> Run[Net]:
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
    together : Accelerator, optional
        What joins this process to others; found by itself where ``torchrun`` started it.

    Returns
    -------
    Run
        Its ``averaged`` network, or with lookahead its ``network``, is the result.

    Raises
    ------
    ParameterError
        If the folder holds a run by other options.
    InputError
        If the disk is full, or the checkpoint is damaged.
    """
    schedule, together = recipe.schedule, together or _joined()
    run = resumed(recipe, folder, device) if (folder / CHECKPOINT).is_file() else _begin(recipe, device)
    if together is not None and not together.is_main_process:
        while run.step < schedule.steps:
            _step(recipe, run, together)
        raise SystemExit(0)  # to look, keep, tell and export is the main process's
    total, since, begun_at, started = 0.0, run.step, run.seconds, perf_counter()
    with overwritten() as tell:
        while run.step < schedule.steps:
            total += _step(recipe, run, together)
            run.seconds = begun_at + perf_counter() - started
            if run.step % schedule.every == 0 or run.step == schedule.steps:
                with torch.no_grad():
                    figures = recipe.held_out(schedule.result(run.network, run.averaged).eval())
                run.curve.append({"step": run.step, "seconds": round(run.seconds, 1),
                                  "loss": total / (run.step - since), **figures})
                _keep(run, recipe, folder)
                tell(_line(recipe, run, run.curve[-1]), lasting=True)
                total, since = 0.0, run.step
            else:
                tell(_line(recipe, run, {"loss": total / (run.step - since)}))
    return run


def resumed(recipe: Recipe[Net], folder: Path, device: torch.device | None = None) -> Run[Net]:
    """Return a run as its last checkpoint left it.

    Raises
    ------
    InputError
        If the folder holds none, or a damaged one.
    ParameterError
        If it is by other options.
    """
    run = _begin(recipe, device)
    run.restore(_options(recipe), load_checkpoint(folder / CHECKPOINT))
    return run


def pick_device(name: str) -> torch.device:
    """Return the named device; ``"auto"`` takes CUDA where there is one.

    Raises
    ------
    ParameterError
        If this machine has no such device.
    """
    if name != "auto":
        return resolve_device(name)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _options(recipe: Recipe[Net]) -> dict[str, Any]:
    return {**asdict(recipe.schedule), **recipe.options}


def _begin(recipe: Recipe[Net], device: torch.device | None) -> Run[Net]:
    torch.manual_seed(recipe.schedule.seed)
    network = recipe.network().to(
        device or torch.device("cpu"), memory_format=torch.channels_last  # type: ignore[call-overload] # not in stubs
    )
    averaged = deepcopy(network).eval().requires_grad_(False)
    return Run(network, averaged, recipe.schedule.optimizer(network))


def _step(recipe: Recipe[Net], run: Run[Net], together: Accelerator | None) -> float:
    schedule = recipe.schedule
    set_rate(run.optimizer, schedule.factor(run.step))
    batch = run.step if together is None else run.step * together.num_processes + together.process_index
    torch.manual_seed(seed_of(schedule.seed, batch))  # dropout is the only one to draw from it
    run.network.train()
    loss = recipe.loss(run.network, batch)
    run.optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call] # torch leaves it untyped
    learning = [p for p in run.network.parameters() if p.grad is not None]
    if together is not None:
        for parameter in learning:
            parameter.grad = together.reduce(parameter.grad, "mean")
    if schedule.most_gradient is not None:
        nn.utils.clip_grad_norm_(learning, schedule.most_gradient)
    run.optimizer.step()
    run.step += 1
    schedule.follow(run.network, run.averaged, run.step)
    return loss.item()


def _joined() -> Accelerator | None:
    """Return what joins the processes of ``torchrun``; None in a process that was started alone."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return None
    try:
        from accelerate import Accelerator
    except ImportError as error:
        raise VerilensError("expected Accelerate to train in several processes, but it is not installed; "
                            "pip install 'verilens[train]'") from error
    return Accelerator(cpu=not torch.cuda.is_available())


def _keep(run: Run[Net], recipe: Recipe[Net], folder: Path) -> None:
    try:
        save_checkpoint(folder / CHECKPOINT, run.snapshot(_options(recipe)))
        write_whole(folder / CURVE, "".join(json.dumps(row) + "\n" for row in run.curve).encode())
    except InputError as error:
        before = run.curve[-2]["step"] if len(run.curve) > 1 else 0
        raise InputError(f"{error}; the same command goes on from step {before}") from error


def _line(recipe: Recipe[Net], run: Run[Net], row: Mapping[str, float]) -> str:
    steps = recipe.schedule.steps
    figures = "  ".join(f"{k} {v:.4g}" for k, v in row.items() if k not in ("step", "seconds"))
    left = run.seconds / run.step * (steps - run.step)
    return f"{recipe.name} {run.step}/{steps}  {figures}  {time_left(run.seconds)} done, {time_left(left)} left"
