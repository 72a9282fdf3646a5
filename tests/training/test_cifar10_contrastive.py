"""Learning without labels at first: which views belong together, and then what they show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from tests.training.test_cifar10_resnet import made_up
from training import cifar10_contrastive
from training.cifar10_contrastive import ContrastiveTraining, apart
from training.cifar10_images import Photos
from training.loop import train
from training.views import viewed

TINY = replace(cifar10_contrastive.RECIPE, epochs=5, batch=25, rate=3e-3, held_out_per_class=1, cutout=0)


def test_the_loss_of_views_is_the_published_one() -> None:
    """Equal pairs that are all at right angles: each place has one other at likeness 1, and the rest at 0."""
    places = torch.eye(4)
    expected = torch.tensor(2.0).exp() / (torch.tensor(2.0).exp() + 6.0)
    assert float(apart(places, places)) == pytest.approx(float(-expected.log()), abs=1e-6)
    assert apart(places, places) < apart(places, places.roll(1, 0)), "a view belongs to its own photo"


def test_labels_are_not_looked_at_in_the_first_epochs() -> None:
    photos = made_up(40)
    others = Photos(photos.pixels, photos.labels.roll(1))
    losses = []
    for known in (photos, others):
        training = ContrastiveTraining.of(TINY, photos)
        training.given.__dict__["_parts"] = (known, torch.zeros(40, dtype=torch.bool), known)
        torch.manual_seed(0)
        network = training.network().train()
        late = training.without_labels * training.given.per_epoch
        losses.append([training.loss(network, step).item() for step in (0, late)])
    assert losses[0][0] == losses[1][0]
    assert losses[0][1] != losses[1][1]


def test_views_of_a_photo_come_together_then_its_name_is_learnt(tmp_path: Path) -> None:
    training = ContrastiveTraining.of(TINY, made_up(60))
    fresh = training.network()
    run = train(training, tmp_path)
    loss = [row["loss"] for row in run.curve]
    assert loss[training.without_labels - 1] < loss[0]
    assert loss[-1] < loss[training.without_labels]
    assert set(fresh.classifier.state_dict()) < {name.removeprefix("classifier.") for name in fresh.state_dict()}


def colourful() -> Tensor:
    coarse = torch.rand(6, 3, 4, 4, generator=torch.Generator().manual_seed(3))
    return F.interpolate(coarse, (32, 32), mode="bilinear")


def test_views_are_photos_and_depend_on_the_generator_alone() -> None:
    photos = colourful()
    first, again, other = (viewed(photos, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert first.shape == photos.shape
    assert 0.0 <= float(first.min()) <= float(first.max()) <= 1.0
    assert first.equal(again)
    assert not first.equal(other)


def test_some_views_are_grey_and_none_is_of_another_photo() -> None:
    """Of a photo in one colour every part is alike, and only its colour changes."""
    plain = torch.full((200, 3, 32, 32), 0.5)
    plain[:, 0] = 0.6
    views = viewed(plain, torch.Generator().manual_seed(0))
    assert views.flatten(2).std(2).max() < 1e-5
    grey = (views.amax(1) - views.amin(1)).amax((1, 2)) < 1e-6
    assert 0.1 < float(grey.float().mean()) < 0.3


