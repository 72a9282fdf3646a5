"""Train a bundled CIFAR-10 classifier: ``python -m training.cifar10_resnet [--net NAME]``.

Nesterov SGD on a triangular schedule, fast biases, lookahead, label smoothing, alternating flips, shifts of
2 pixels and a hidden square; the ideas are D. Page's ("How to train your ResNet") and K. Jordan's
(arXiv:2404.00498), whose papers the parts cite. A thousand training photos are held out: they show
progress and set the temperature of the logits. The test photos are looked at once, after the last epoch.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from plugins.classification.cifar10_resnet import network
from plugins.classification.cifar10_resnet.network import Cifar10ResNet, whitening_filters
from training import cifar10_card
from training.cifar10_images import (
    ARCHIVE,
    EXACT,
    Photos,
    alternating_flips,
    as_float,
    augment,
    data_root,
    hold_out,
    load_exact,
    load_split,
    pad_reflected,
    resampled,
    take,
)
from training.cifar10_lessons import LESSONS, accuracy_under_attack
from training.optimisation import (
    load_checkpoint,
    lookahead,
    save_checkpoint,
    set_rate,
    sgd,
    slow_copy,
    triangle,
)
from training.scores import Scores, fit_temperature, predict, score
from training.weights import round_to_half

OUTPUT = Path(__file__).resolve().parents[1] / "resources" / "weights"


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the result, besides the photos and the machine's arithmetic."""

    epochs: int = 20
    seed: int = 0
    factory: str = "build"
    lesson: str = "plain"
    bagging: bool = False
    batch: int = 500
    rate: float = 0.6
    momentum: float = 0.85
    weight_decay: float = 1.3e-3
    bias_factor: float = 64.0
    label_smoothing: float = 0.1
    shift: int = 2
    cutout: int = 8
    held_out_per_class: int = 100

    @property
    def is_adversarial(self) -> bool:
        """Whether the net is taught to resist attacks."""
        return self.lesson in ("fast", "pgd", "trades")


_SMALL = Recipe(epochs=10, factory="build_small")
RECIPES: Mapping[str, Recipe] = {
    "cifar10_resnet": Recipe(),
    **{f"cifar10_member_{seed}": replace(_SMALL, seed=seed) for seed in range(1, 6)},
    "cifar10_augmix": replace(_SMALL, lesson="augmix", cutout=0, epochs=8),
    "cifar10_dropout": replace(_SMALL, factory="build_dropout", epochs=12),
    "cifar10_robust": replace(
        _SMALL, lesson="fast", cutout=0, label_smoothing=0.0, rate=0.3, weight_decay=5e-4, epochs=14
    ),
}
"""By the name of the net; the five members differ by their seed alone."""


@dataclass
class Progress:
    """A training under way: all that changes from step to step, and so all that a checkpoint holds."""

    model: Cifar10ResNet
    optimizer: torch.optim.SGD
    slow: dict[str, Tensor]
    generator: torch.Generator
    epoch: int = 0
    seconds: float = 0.0
    losses: list[float] = field(default_factory=list)


def begin(recipe: Recipe, photos: Photos, device: torch.device) -> Progress:
    """Build the network from the recipe's seed and set its whitening layer from the first 5000 photos."""
    torch.manual_seed(recipe.seed)
    made: Cifar10ResNet = getattr(network, recipe.factory)()
    model = made.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    sample = model.preprocess(as_float(photos.pixels[:5000]).to(device))
    with torch.no_grad():
        model.whiten.weight.copy_(whitening_filters(sample))
    optimizer = sgd(model, recipe.rate, recipe.momentum, recipe.weight_decay, recipe.bias_factor)
    return Progress(model, optimizer, slow_copy(model), torch.Generator().manual_seed(recipe.seed))


def snapshot(progress: Progress, recipe: Recipe) -> dict[str, Any]:
    """Return what `restore` needs to go on exactly, random numbers included."""
    return {
        "recipe": asdict(recipe),
        "model": progress.model.state_dict(),
        "optimizer": progress.optimizer.state_dict(),
        "slow": progress.slow,
        "generator": progress.generator.get_state(),
        "dropout_generator": torch.get_rng_state(),
        "epoch": progress.epoch,
        "seconds": progress.seconds,
        "losses": progress.losses,
    }


def restore(progress: Progress, recipe: Recipe, state: dict[str, Any]) -> None:
    """Put a `snapshot` of the same recipe back."""
    if state["recipe"] != asdict(recipe):
        raise ValueError(
            f"expected a checkpoint of {asdict(recipe)}, got one of {state['recipe']}; use the same options, "
            "or leave out --resume to start afresh"
        )
    progress.model.load_state_dict(state["model"])
    progress.optimizer.load_state_dict(state["optimizer"])
    for name, weight in state["slow"].items():
        progress.slow[name].copy_(weight)
    progress.generator.set_state(state["generator"])
    torch.set_rng_state(state["dropout_generator"])
    progress.epoch, progress.seconds = state["epoch"], state["seconds"]
    progress.losses = list(state["losses"])


def batches(photos: Photos, padded: Tensor, recipe: Recipe, progress: Progress) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the augmented batches ``(B, 3, 32, 32)`` in [0, 1] and classes of one epoch, in random order."""
    count = len(photos.labels)
    flips = alternating_flips(count, progress.epoch, recipe.seed)
    order = torch.randperm(count, generator=progress.generator)
    for which in torch.split(order, recipe.batch)[: max(count // recipe.batch, 1)]:
        yield augment(padded, which, flips[which], recipe.cutout, progress.generator), photos.labels[which]


def train_epoch(photos: Photos, padded: Tensor, recipe: Recipe, progress: Progress) -> None:
    """Go once over the photos; updates ``progress``."""
    started = time.perf_counter()
    per_epoch = max(len(photos.labels) // recipe.batch, 1)
    steps = per_epoch * recipe.epochs
    progress.model.train()
    total = 0.0
    for i, (images, labels) in enumerate(batches(photos, padded, recipe, progress)):
        step = progress.epoch * per_epoch + i
        set_rate(progress.optimizer, triangle(step, steps))
        total += train_step(progress, recipe, images, labels)
        if (step + 1) % 5 == 0:  # the slow weights' inertia grows, as in arXiv:2404.00498, section 3.4
            lookahead(progress.model, progress.slow, 0.95**5 * ((step + 1) / steps) ** 3)
    progress.epoch += 1
    progress.losses.append(total / per_epoch)
    progress.seconds += time.perf_counter() - started


def train_step(progress: Progress, recipe: Recipe, images: Tensor, labels: Tensor) -> float:
    """Take one step of SGD, network body in bfloat16, weights and loss in float32; return the loss."""
    device = progress.model.channel_mean.device
    lesson, smoothing = LESSONS[recipe.lesson], recipe.label_smoothing
    loss = lesson(progress.model, images.to(device), labels.to(device), smoothing, progress.generator)
    progress.optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    progress.optimizer.step()
    return loss.item()


def train(
    recipe: Recipe, photos: Photos, device: torch.device, checkpoint: Path | None = None, resume: bool = False
) -> Progress:
    """Train by the recipe, printing a line and writing a checkpoint (if a file is given) each epoch.

    Parameters
    ----------
    recipe : Recipe
    photos : Photos
        All training photos; ``held_out_per_class`` of each class are set aside.
    device : torch.device
    checkpoint : Path, optional
        Where to write, and with ``resume`` where to go on from.
    """
    seen, held = hold_out(photos, recipe.held_out_per_class, recipe.seed)
    seen = resampled(seen, recipe.seed) if recipe.bagging else seen
    progress = begin(recipe, seen, device)
    if resume and checkpoint is not None:
        restore(progress, recipe, load_checkpoint(checkpoint))
    padded = pad_reflected(seen.pixels, recipe.shift)
    while progress.epoch < recipe.epochs:
        train_epoch(seen, padded, recipe, progress)
        print(progress_line(progress, recipe, held), flush=True)
        if checkpoint is not None:
            save_checkpoint(checkpoint, snapshot(progress, recipe))
    finish(progress.model, seen, held)
    return progress


def progress_line(progress: Progress, recipe: Recipe, held: Photos) -> str:
    """Say the epoch, its loss, the accuracy on held-out training photos, and the time left."""
    left = progress.seconds / progress.epoch * (recipe.epochs - progress.epoch)
    text = f"epoch {progress.epoch}/{recipe.epochs}  loss {progress.losses[-1]:.4f}"
    if len(held.labels):
        text += f"  held out {score(predict(progress.model, held), held.labels).accuracy:.1%}"
    if len(held.labels) and recipe.is_adversarial:
        some = take(held, torch.arange(min(len(held.labels), 300)))
        text += f"  attacked {accuracy_under_attack(progress.model, as_float(some.pixels), some.labels, 10):.1%}"
    return f"{text}  {progress.seconds:.0f} s done, {left:.0f} s left"


def finish(model: Cifar10ResNet, seen: Photos, held: Photos) -> None:
    """Measure batch norm's statistics afresh without dropout, then set the temperature on held-out photos."""
    refresh_statistics(model, seen.pixels[torch.randperm(len(seen.labels))[:10_000]])
    if len(held.labels):
        model.logit_scale /= fit_temperature(predict(model, held), held.labels)


def refresh_statistics(model: nn.Module, pixels: Tensor) -> None:
    """Replace batch norm's running averages by plain averages over the given photos, in float32."""
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
    momenta = [m.momentum for m in norms]
    model.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.train()
        norm.momentum = None
    with torch.no_grad():
        for part in torch.split(pixels, 500):
            model(as_float(part).to(next(model.parameters()).device))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    model.eval()


def judge(model: nn.Module, archive: Path, exact: Path) -> dict[str, Scores]:
    """Score the exported model on the archive's test photos and, where the file is there, exact photos."""
    sets = {"test": load_split(archive, "test")}
    if exact.is_file():
        sets["exact"] = load_exact(exact)
    return {name: score(predict(model, photos), photos.labels) for name, photos in sets.items()}


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.cifar10_resnet", description=__doc__)
    parser.add_argument("--net", choices=RECIPES, default="cifar10_resnet")
    parser.add_argument("--data", type=Path, default=data_root() / ARCHIVE, metavar="FILE")
    parser.add_argument("--epochs", type=int, help="instead of the recipe's")
    parser.add_argument("--seed", type=int, help="instead of the recipe's")
    parser.add_argument("--lesson", choices=LESSONS, help="instead of the recipe's")
    parser.add_argument("--bagging", action="store_true", help="draw the photos with replacement")
    parser.add_argument("--output", type=Path, default=OUTPUT, metavar="DIR", help="the net gets a folder in it")
    parser.add_argument("--checkpoint", type=Path, metavar="FILE", help="written after each epoch")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, ...")
    return parser.parse_args(argv)


def pick_device(name: str) -> torch.device:
    """Return the named device; ``"auto"`` takes CUDA where there is one."""
    if name != "auto":
        return torch.device(name)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def make(recipe: Recipe, options: argparse.Namespace) -> dict[str, Any]:
    """Train, judge what is exported, export it with its card, and return the card."""
    photos = load_split(options.data, "train")
    progress = train(recipe, photos, pick_device(options.device), options.checkpoint, options.resume)
    model = round_to_half(progress.model)
    figures = judge(model, options.data, options.data.parents[1] / EXACT)
    return cifar10_card.export(model, options.output, options.net, asdict(recipe), figures, progress.seconds)


def main(argv: Sequence[str] | None = None) -> int:
    """Make the weights from the command line."""
    options = parse(argv)
    asked = {name: getattr(options, name) for name in ("epochs", "seed", "lesson")}
    changed = {name: value for name, value in asked.items() if value is not None}
    card = make(replace(RECIPES[options.net], bagging=options.bagging, **changed), options)
    print(card["figures"], flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
