"""The three demonstrations: poison is found, questions give the thief away, the page says what was measured."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import nn

from training.cifar10_images import Photos, as_float
from training.cifar10_resnet import Cifar10Training, Recipe, search_line
from training.commandments import __main__ as commandments
from training.commandments.poisoning import features_of, kept, poisoned, spectral_scores, stamped
from training.commandments.stealing import QueryLog, answers, moved
from training.loop import train


@pytest.fixture(autouse=True)
def random_state() -> Iterator[None]:
    before = torch.get_rng_state()
    yield
    torch.set_rng_state(before)


def photos_of(count: int, seed: int = 0) -> Photos:
    """Photos of ten colours with grain, whose class is the colour."""
    generator = torch.Generator().manual_seed(seed)
    colours = torch.randint(30, 220, (10, 3), generator=torch.Generator().manual_seed(9))
    labels = torch.arange(count) % 10
    grain = torch.randint(-30, 30, (count, 32, 32, 3), generator=generator)
    return Photos((colours[labels][:, None, None] + grain).to(torch.uint8), labels)


def test_only_the_chosen_share_is_poisoned_and_only_in_a_corner() -> None:
    clean = photos_of(200)
    bad, which = poisoned(clean, 0.1, target=3, seed=0)
    assert int(which.sum()) == 20
    assert not (clean.labels[which] == 3).any()
    assert (bad.labels[which] == 3).all()
    assert torch.equal(bad.pixels[~which], clean.pixels[~which])
    assert torch.equal(bad.labels[~which], clean.labels[~which])
    assert torch.equal(bad.pixels[which], stamped(clean.pixels[which]))
    changed = (bad.pixels != clean.pixels).any(0).any(-1)
    assert changed.nonzero().min() >= 27
    assert 10 <= int(changed.sum()) <= 16
    untouched, none = poisoned(clean, 0.0, target=3, seed=0)
    assert torch.equal(untouched.pixels, clean.pixels)
    assert not none.any()


def test_a_direction_that_some_share_stands_out() -> None:
    """Tran's case by construction: poisoned features lie apart along one axis of their class."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(300) % 3
    features = torch.randn(300, 8, generator=generator) + 5 * labels[:, None]
    is_poisoned = torch.zeros(300, dtype=torch.bool)
    is_poisoned[torch.arange(0, 60, 3)] = True  # of class 0
    features[is_poisoned, 2] += 12
    scores = spectral_scores(features, labels)
    keep = kept(Photos(torch.zeros(300, 1, 1, 3, dtype=torch.uint8), labels), scores, 20 / 300)
    assert not keep[is_poisoned].any()
    assert [(~keep[labels == label]).sum().item() for label in range(3)] == [30, 30, 30]


def test_features_are_what_the_layer_is_given() -> None:
    photos = photos_of(7)
    model = nn.Sequential(nn.Flatten(), nn.Linear(3072, 4), nn.Dropout(0.9), nn.Linear(4, 10))
    found = features_of(model, photos, model[2])
    with torch.no_grad():
        assert torch.allclose(found, model[:2](as_float(photos.pixels)), atol=1e-6)
    assert not model[2]._forward_pre_hooks


def test_the_log_tells_a_thief_from_a_user() -> None:
    """Photos made from each other by one step lie at one distance; photos of their own do not."""
    model = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 10)).eval()
    generator = torch.Generator().manual_seed(0)
    spread = torch.rand(400, 1, 1, 1, generator=generator)
    pixels = (255 * spread * torch.rand(400, 32, 32, 3, generator=generator)).to(torch.uint8)
    user, thief = QueryLog(model), QueryLog(model)
    answers(user, pixels)
    known = Photos(pixels[:100], answers(thief, pixels[:100]))
    for _ in range(2):
        new = moved(model, known)
        known = Photos(torch.cat([known.pixels, new]), torch.cat([known.labels, answers(thief, new)]))
    assert (user.count, thief.count) == (400, 400)
    assert thief.peak() > 1.5 * user.peak() > 0
    assert QueryLog(model).count == 0


def test_little_is_not_judged() -> None:
    log = QueryLog(nn.Sequential(nn.Flatten(), nn.Linear(3072, 10)))
    answers(log, photos_of(5).pixels)
    assert log.peak() == 0.0


def test_moved_photos_are_surer_and_a_step_away() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(3072, 10)).eval()
    photos = photos_of(6)
    labels = answers(model, photos.pixels)
    new = moved(model, Photos(photos.pixels, labels))
    assert new.dtype == torch.uint8
    assert (new.int() - photos.pixels.int()).abs().max() <= 26  # a tenth of the range, rounded
    with torch.no_grad():
        before, after = (model(as_float(p)).gather(1, labels[:, None]) for p in (photos.pixels, new))
    assert (after > before).all()


def test_the_page_says_what_was_measured() -> None:
    size = commandments.Size(photos=100, epochs=1, judged=80, rounds=2)
    text = commandments.page(photos_of(100), photos_of(80, 1), size)
    assert text.startswith("# The three commandments")
    assert "Of 100 training photos 1 got" in text
    for how, questions in (("photos of its own", (25, 50, 100)), ("25 photos and what was made of them", (50, 100))):
        for count in questions:  # of the thief
            assert f"| {how} | {count} |" in text
    assert "`classify.cifar10_robust`" in text
    assert "{{" not in text
    assert "{%" not in text


def test_a_poisoned_recipe_says_what_the_search_found(tmp_path: Path) -> None:
    recipe = Recipe(epochs=1, batch=20, rate=0.05, held_out_per_class=1, poison=0.05, factory="build_small")
    training = Cifar10Training("poisoned", recipe, photos_of(60))
    assert int(training.is_poisoned.sum()) == round(0.05 * len(training.split[0].labels)) > 0
    said = search_line(train(training, tmp_path).network, training)
    wanted = r"spectral signatures find \d+% of the poisoned photos, and give up [\d.]+% of the clean ones"
    assert re.fullmatch(wanted, said)
