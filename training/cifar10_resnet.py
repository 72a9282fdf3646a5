"""The bundled CIFAR-10 classifiers, by one recipe each.

Nesterov SGD on a triangular schedule, fast biases, lookahead, label smoothing, alternating flips, shifts of
2 pixels and a hidden square; the ideas are D. Page's ("How to train your ResNet") and K. Jordan's
(arXiv:2404.00498), whose papers the parts cite. A thousand training photos are held out: they show
progress and set the temperature of the logits. The test photos are looked at once, after the last epoch.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from desktop_app.numerics.temperature import fitted_temperature
from plugins.classification.cifar10_resnet.network import Cifar10ResNet, TenThings, whitening_filters
from training import cifar10_card
from training.chance import drawn_by
from training.cifar10_images import (
    ARCHIVE,
    EXACT,
    Photos,
    alternating_flips,
    as_float,
    augment,
    data_root,
    evenly,
    hold_out,
    load_exact,
    load_split,
    pad_reflected,
    resampled,
)
from training.cifar10_lessons import LESSONS, accuracy_under_attack
from training.commandments.poisoning import features_of, kept, poisoned, spectral_scores
from training.loop import pick_device, train
from training.optimisation import Lookahead
from training.scores import Scores, predict, score
from training.weights import built, round_to_half

__all__ = [
    "RECIPES", "Cifar10Training", "Recipe", "add_few_options", "add_options", "archive_of", "asked",
    "exported", "finish", "judge", "make", "search_line",
]  # fmt: skip


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the result, besides the photos and the machine's arithmetic."""

    epochs: int = 20
    seed: int = 0
    factory: str = "build"
    lesson: str = "plain"
    bagging: bool = False
    poison: float = 0.0
    batch: int = 500
    rate: float = 0.6
    weight_decay: float = 1.3e-3
    label_smoothing: float = 0.1
    shift: int = 2
    cutout: int = 8
    held_out_per_class: int = 100

    @property
    def is_adversarial(self) -> bool:
        """Whether the net is taught to resist attacks."""
        return self.lesson in ("fast", "pgd", "trades")


_ATTACKED = 300  # photos at a look
_SMALL = Recipe(epochs=10, factory="build_small")
RECIPES: Mapping[str, Recipe] = {
    "cifar10_resnet": Recipe(),
    **{f"cifar10_member_{seed}": replace(_SMALL, seed=seed) for seed in range(1, 6)},
    "cifar10_augmix": replace(_SMALL, lesson="augmix", cutout=0, epochs=8),
    "cifar10_dropout": replace(_SMALL, factory="build_dropout", epochs=12),
    "cifar10_equivariant": replace(_SMALL, factory="build_equivariant"),
    "cifar10_robust": replace(
        _SMALL, lesson="fast", cutout=0, label_smoothing=0.0, rate=0.3, weight_decay=5e-4, epochs=14
    ),
}
"""By the name of the net; the five members differ by their seed alone."""


@dataclass(frozen=True)
class Cifar10Training:
    """A recipe with its photos.

    Parameters
    ----------
    name : str
        The net's.
    recipe : Recipe
        What is to be done.
    photos : Photos
        All training photos; some of each class are set aside.
    """

    name: str
    recipe: Recipe
    photos: Photos

    @cached_property
    def split(self) -> tuple[Photos, Photos]:
        """The photos that are learnt from, and those that are held out."""
        return self._parts[0], self._parts[2]

    @property
    def is_poisoned(self) -> Tensor:
        """Which of those that are learnt from carry the trigger, ``(N,)`` bool."""
        return self._parts[1]

    @cached_property
    def _parts(self) -> tuple[Photos, Tensor, Photos]:
        seen, held = hold_out(self.photos, self.recipe.held_out_per_class, self.recipe.seed)
        seen = resampled(seen, self.recipe.seed) if self.recipe.bagging else seen
        return *poisoned(seen, self.recipe.poison, 0, self.recipe.seed), held

    @cached_property
    def padded(self) -> Tensor:
        """The photos that are learnt from ``(N, S, S, 3)`` uint8, with the border that they are shifted over."""
        return pad_reflected(self.split[0].pixels, self.recipe.shift)

    @property
    def per_epoch(self) -> int:
        """Batches in an epoch."""
        return max(len(self.split[0].labels) // self.recipe.batch, 1)

    @property
    def schedule(self) -> Lookahead:
        """How long and how fast; looked at once an epoch."""
        recipe, per_epoch = self.recipe, self.per_epoch
        return Lookahead(recipe.epochs * per_epoch, per_epoch, recipe.seed, recipe.rate,
                         weight_decay=recipe.weight_decay)

    @property
    def options(self) -> Mapping[str, Any]:
        """What else decides the result."""
        return asdict(self.recipe)

    def network(self) -> TenThings:
        """Return the network, random but for a whitening layer, which is that of the first 5000 photos."""
        model = cast("TenThings", built(cifar10_card.factory_of(self.recipe.factory)))
        if isinstance(model, Cifar10ResNet):
            with torch.no_grad():
                model.whiten.weight.copy_(whitening_filters(model.preprocess(as_float(self.split[0].pixels[:5000]))))
        return model

    def loss(self, model: TenThings, step: int) -> Tensor:
        """Return the loss of one batch: network body in bfloat16, weights and loss in float32."""
        recipe, labels = self.recipe, self.split[0].labels
        epoch, place = divmod(step, self.per_epoch)
        order = torch.randperm(len(labels), generator=drawn_by(recipe.seed, epoch))
        which = order[place * recipe.batch : (place + 1) * recipe.batch]
        flipped = alternating_flips(len(labels), epoch, recipe.seed)[which]
        generator = drawn_by(recipe.seed + 1, step)
        images, device = augment(self.padded, which, flipped, recipe.cutout, generator), model.channel_mean.device
        lesson = LESSONS[recipe.lesson]
        return lesson(model, images.to(device), labels[which].to(device), recipe.label_smoothing, generator)

    def held_out(self, model: nn.Module) -> Mapping[str, float]:
        """Return the share of right answers on held-out training photos, if there are any, and under attack."""
        held = self.split[1]
        if not len(held.labels):
            return {}
        found = {"accuracy": score(predict(model, held), held.labels).accuracy}
        if self.recipe.is_adversarial:
            some = evenly(held, _ATTACKED)
            images = as_float(some.pixels).to(next(model.parameters()).device)
            with torch.enable_grad():
                found["attacked"] = accuracy_under_attack(model, images, some.labels.to(images.device), 10)
        return found


def finish(model: TenThings, seen: Photos, held: Photos) -> None:
    """Measure batch norm's statistics afresh without dropout, then set the temperature on held-out photos."""
    refresh_statistics(model, seen.pixels[torch.randperm(len(seen.labels), generator=drawn_by(0, 0))[:10_000]])
    if len(held.labels):
        model.logit_scale /= fitted_temperature(predict(model, held), held.labels)


def search_line(model: TenThings, training: Cifar10Training) -> str:
    """Say how much of the poison its spectral signature betrays, and what else would be given up with it."""
    photos, is_poisoned = training.split[0], training.is_poisoned
    scores = spectral_scores(features_of(model, photos, model.head), photos.labels)
    given_up = ~kept(photos, scores, training.recipe.poison)
    found, lost = given_up[is_poisoned].float().mean(), given_up[~is_poisoned].float().mean()
    return f"spectral signatures find {found:.0%} of the poisoned photos, and give up {lost:.1%} of the clean ones"


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


def _attacked(model: nn.Module, test: Photos) -> Mapping[str, float]:
    some = evenly(test, 1000)
    return {"attacked": accuracy_under_attack(model, as_float(some.pixels), some.labels, 50)}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what these recipes take."""
    add_few_options(parser)
    parser.add_argument("--net", choices=RECIPES, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--lesson", choices=LESSONS, help="instead of the recipe's")
    parser.add_argument("--bagging", action="store_true", help="draw the photos with replacement")
    parser.add_argument("--poison", type=float, default=0.0, metavar="SHARE",
                        help="a demonstration: stamp a trigger on this share, and look for it by spectral signatures")


def add_few_options(parser: argparse.ArgumentParser) -> None:
    """Add what recipes of one net each take."""
    parser.add_argument("--epochs", type=int, help="instead of the recipe's")
    parser.add_argument("--seed", type=int, help="instead of the recipe's")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda …")


def asked(options: argparse.Namespace, recipe: Recipe) -> Recipe:
    """Return a recipe with what was given instead of its own."""
    given = {name: getattr(options, name, None) for name in ("epochs", "seed", "lesson")}
    return replace(recipe, **{name: value for name, value in given.items() if value is not None})


def make(options: argparse.Namespace, recipe: Recipe | None = None) -> Mapping[str, Any]:
    """Train, judge what is exported, export it with its card, and return the figures."""
    recipe = asked(options, recipe or RECIPES[options.net])
    recipe = replace(recipe, bagging=options.bagging, poison=options.poison)
    training = Cifar10Training(options.net, recipe, load_split(archive_of(options), "train"))
    run = train(training, options.folder, pick_device(options.device))
    finish(run.network, *training.split)
    if recipe.poison:
        print(search_line(run.network, training), flush=True)
    more = _attacked if recipe.is_adversarial else lambda _model, _test: {}
    return exported(run.network, options, options.net, recipe, run.seconds, more)


def archive_of(options: argparse.Namespace) -> Path:
    """Return the archive of photos that a recipe was told of, or that of the data folder."""
    return Path(options.data or data_root() / ARCHIVE)


def exported(
    network: nn.Module, options: argparse.Namespace, name: str, recipe: Recipe, seconds: float,
    more: Callable[[Any, Photos], Mapping[str, float]] = lambda _model, _test: {},
) -> Mapping[str, Any]:
    """Round a trained network to what its file can hold, judge that, write it with its card, and return the figures.

    Parameters
    ----------
    more : callable
        Of the rounded network and the test photos: further figures for the card.
    """
    archive, model = archive_of(options), round_to_half(network)
    figures, further = judge(model, archive, archive.parent.parent / EXACT), more(model, load_split(archive, "test"))
    card = cifar10_card.export(model, options.output, name, asdict(recipe), figures, seconds, further)
    return dict(card["figures"])
