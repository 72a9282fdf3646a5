"""A small classifier that first learns which photos belong together, without their labels, and then their names.

SimCLR (Chen et al. 2020, arXiv:2002.05709): two views of a photo are to be nearer to each other than to the views of
all others in the batch, as a small network on top of the features sees them; it is thrown away. Then all weights are
taught by the labels, as the other nets are.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from plugins.classification.cifar10_resnet.network import Cifar10ResNet
from training.chance import drawn_by
from training.cifar10_averaged import AveragedTraining
from training.cifar10_images import Photos, as_float, load_split, take
from training.cifar10_resnet import (
    Cifar10Training,
    Recipe,
    add_few_options,
    archive_of,
    asked,
    exported,
    finish,
)
from training.loop import pick_device, train
from training.views import viewed

__all__ = ["NET", "RECIPE", "ContrastiveTraining", "Pretrained", "add_options", "apart", "make"]

add_options = add_few_options
NET = "cifar10_contrastive"
RECIPE = Recipe(epochs=11, factory="build_small", lesson="contrastive", rate=2e-3, weight_decay=5e-2)
_WITHOUT_LABELS = 5 / 11  # share of the epochs
_PROJECTED = 64
_TEMPERATURE = 0.5  # the paper's for these photos (appendix B.9)


class Pretrained(nn.Module):
    """A classifier, and beside it what is trained upon its features and thrown away."""

    def __init__(self, classifier: Cifar10ResNet) -> None:
        super().__init__()
        self.classifier, width = classifier, classifier.head.in_features
        self.projection = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, _PROJECTED))

    def forward(self, photos: Tensor) -> Tensor:
        """Return the classifier's logits ``(N, 10)``."""
        logits: Tensor = self.classifier(photos)
        return logits

    def projected(self, photos: Tensor) -> Tensor:
        """Return where photos lie on a sphere, ``(N, 64)`` float32 of length one."""
        return F.normalize(self.projection(self.classifier.features(photos)).float(), dim=1)


def apart(first: Tensor, second: Tensor) -> Tensor:
    """Return the loss of two views' places ``(N, D)`` each, of length one (NT-Xent, arXiv:2002.05709, eq. 1)."""
    places = torch.cat([first, second])
    likeness = places @ places.T / _TEMPERATURE
    likeness = likeness.masked_fill(torch.eye(len(places), dtype=torch.bool, device=places.device), -torch.inf)
    return F.cross_entropy(likeness, torch.arange(len(places), device=places.device).roll(len(first)))


class ContrastiveTraining(AveragedTraining):
    """The recipe with its photos."""

    @classmethod
    def of(cls, recipe: Recipe, photos: Photos) -> ContrastiveTraining:
        """Return the training on all training photos; its second part is the plain lesson."""
        return cls(Cifar10Training(NET, replace(recipe, lesson="plain"), photos))

    @property
    def without_labels(self) -> int:
        """Epochs in which no label is looked at."""
        return round(self.given.recipe.epochs * _WITHOUT_LABELS)

    def network(self) -> Pretrained:
        """Return the classifier as `Cifar10Training.network` does, with what is put upon it."""
        return Pretrained(cast("Cifar10ResNet", self.given.network()))

    def loss(self, model: Pretrained, step: int) -> Tensor:
        """Return the loss of one batch: of pairs of views at first, then of the labels."""
        recipe, photos = self.given.recipe, self.given.split[0]
        epoch, place = divmod(step, self.given.per_epoch)
        if epoch >= self.without_labels:
            return self.given.loss(model.classifier, step)
        order = torch.randperm(len(photos.labels), generator=drawn_by(recipe.seed, epoch))
        batch = as_float(take(photos, order[place * recipe.batch : (place + 1) * recipe.batch]).pixels)
        generator, device = drawn_by(recipe.seed + 1, step), model.classifier.channel_mean.device
        views = torch.cat([viewed(batch, generator) for _ in range(2)]).to(device, memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16):
            places = model.projected(views)
        return apart(*places.chunk(2))

    def held_out(self, model: Pretrained) -> Mapping[str, float]:
        """Return the share of right answers on held-out training photos; chance while labels were not yet shown."""
        return self.given.held_out(model.classifier)


def make(options: argparse.Namespace, recipe: Recipe | None = None) -> Mapping[str, Any]:
    """Train, judge what is exported, export it with its card, and return the figures."""
    recipe = asked(options, recipe or RECIPE)
    training = ContrastiveTraining.of(recipe, load_split(archive_of(options), "train"))
    run = train(training, options.folder, pick_device(options.device))
    classifier = run.averaged.classifier
    finish(classifier, *training.given.split)
    return exported(classifier, options, NET, recipe, run.seconds)
