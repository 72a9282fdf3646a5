"""The bundled ReLU net: taught by the bounds on its answers, so that `defend.bounds` has something to prove.

Interval bound propagation (Gowal et al. 2018, arXiv:1810.12715): photos go through the network as boxes; beside the
answer to the photo, the worst answer that a box allows is to be right. The box grows from nothing to a little over
2 levels, and so does its weight; taught by full boxes from the start, networks learn to answer nothing at all.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from desktop_app.numerics.temperature import fitted_temperature
from plugins.classification.cifar10_resnet.provable import ProvableNet, build_provable
from training.chance import drawn_by
from training.cifar10_averaged import AveragedTraining
from training.cifar10_images import (
    Photos,
    alternating_flips,
    as_float,
    augment,
    evenly,
    load_split,
)
from training.cifar10_resnet import (
    Cifar10Training,
    Recipe,
    add_few_options,
    archive_of,
    asked,
    exported,
)
from training.loop import pick_device, train
from training.scores import predict, score

__all__ = ["NET", "RECIPE", "ProvableTraining", "add_options", "box_around", "certified", "make", "worst_logits"]

add_options = add_few_options
NET = "cifar10_provable"
RECIPE = Recipe(epochs=6, factory="build_provable", lesson="bounds", batch=250, rate=2e-3, weight_decay=1e-4,
                label_smoothing=0.0, cutout=0)  # fmt: skip
_PROVED = 2.0 / 255.0  # within which the card counts
_TAUGHT = 2.2 / 255.0  # and within which it is taught: the edge is never quite reached
_GROWS = 0.6  # share of the steps in which the box grows
_BOX_WEIGHT = 0.5  # of the worst answer, in the end
_SOME = 1000  # photos for the card's share

Boxes = tuple[Tensor, Tensor]
"""Centres and half widths, ``(N, …)`` each."""


def box_around(model: ProvableNet, photos: Tensor, eps: float) -> Boxes:
    """Return what the network sees of photos ``(N, C, H, W)`` in [0, 1] whose values move by up to eps."""
    low, high = (model.preprocess((photos + shift).clamp(0.0, 1.0)) for shift in (-eps, eps))
    return (low + high) / 2.0, (high - low) / 2.0


def worst_logits(model: ProvableNet, boxes: Boxes, labels: Tensor) -> Tensor:
    """Return by how much each logit may lead that of its photo's class ``(N,)`` at most, ``(N, K)``; its own by 0.

    The last layer is bounded as one with the difference (section 3.2): its weights act on the same box.
    """
    centre, width = boxes
    for layer in model.body:
        if isinstance(layer, nn.ReLU):
            low, high = (centre - width).relu(), (centre + width).relu()
            centre, width = (low + high) / 2.0, (high - low) / 2.0
        elif isinstance(layer, nn.Conv2d):
            width = F.conv2d(width, layer.weight.abs(), None, layer.stride, layer.padding)
            centre = layer(centre)
        elif isinstance(layer, nn.Linear):
            centre, width = layer(centre), F.linear(width, layer.weight.abs())
        else:
            centre, width = layer(centre), layer(width)
    weight, bias = model.head.weight, model.head.bias
    apart = weight[None] - weight[labels][:, None]
    middle = torch.einsum("nkd,nd->nk", apart, centre) + bias[None] - bias[labels][:, None]
    leads: Tensor = middle + torch.einsum("nkd,nd->nk", apart.abs(), width)
    return leads


def certified(model: ProvableNet, photos: Photos, eps: float) -> float:
    """Return the share of photos that are answered rightly whatever their values do within eps, in [0, 1]."""
    device = next(model.parameters()).device
    with torch.no_grad():
        labels = photos.labels.to(device)
        leads = worst_logits(model, box_around(model, as_float(photos.pixels).to(device), eps), labels)
    others = leads.scatter(1, labels[:, None], -torch.inf)
    return float((others.amax(1) < 0.0).float().mean())


class ProvableTraining(AveragedTraining):
    """The recipe with its photos."""

    def network(self) -> ProvableNet:
        """Return the network with random weights."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.given.recipe.seed)
            return build_provable()

    def loss(self, model: ProvableNet, step: int) -> Tensor:
        """Return the loss of one batch: of the photos, and of the worst in boxes that grow from step to step."""
        given, recipe = self.given, self.given.recipe
        labels = given.split[0].labels
        epoch, place = divmod(step, given.per_epoch)
        which = torch.randperm(len(labels), generator=drawn_by(recipe.seed, epoch))[
            place * recipe.batch : (place + 1) * recipe.batch
        ]
        flipped = alternating_flips(len(labels), epoch, recipe.seed)[which]
        device = model.channel_mean.device
        photos = augment(given.padded, which, flipped, recipe.cutout, drawn_by(recipe.seed + 1, step)).to(device)
        mine, grown = labels[which].to(device), min(1.0, step / (_GROWS * self.schedule.steps))
        with torch.autocast(device.type, torch.bfloat16):
            plain = F.cross_entropy(model(photos).float(), mine)
            worst = worst_logits(model, box_around(model, photos, grown * _TAUGHT), mine).float()
        weight = grown * _BOX_WEIGHT
        return (1.0 - weight) * plain + weight * F.cross_entropy(worst, mine)

    def held_out(self, model: ProvableNet) -> Mapping[str, float]:
        """Return the shares of held-out training photos that are answered rightly, and proved."""
        held = self.given.split[1]
        if not len(held.labels):
            return {}
        right = score(predict(model, held), held.labels).accuracy
        return {"accuracy": right, "certified": certified(model, held, _PROVED)}


def make(options: argparse.Namespace, recipe: Recipe | None = None) -> Mapping[str, Any]:
    """Train, judge what is exported, export it with its card, and return the figures."""
    recipe = asked(options, recipe or RECIPE)
    training = ProvableTraining(Cifar10Training(NET, recipe, load_split(archive_of(options), "train")))
    run = train(training, options.folder, pick_device(options.device))
    trained, held = run.averaged, training.given.split[1]
    if len(held.labels):
        trained.logit_scale /= fitted_temperature(predict(trained, held), held.labels)
    return exported(trained, options, NET, recipe, run.seconds,
                    lambda model, test: {"certified": certified(model, evenly(test, _SOME), _PROVED)})  # fmt: skip
