"""What attacks on a classifier inside a ball promise beside what holds for every attack: a new one is a row."""

from __future__ import annotations

from dataclasses import replace
from math import cos, pi
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from desktop_app.api import Result
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.jobs.pace import Pace
from desktop_app.core.models.loaded_classifier import LoadedClassifier
from desktop_app.core.threats.ball import distances
from desktop_app.numerics.projections import Norm
from desktop_app.testing import toy_classifier
from desktop_app.testing.running import Bench
from plugins.attack.carlini_wagner import algorithm as carlini_wagner
from tests.support.tools import BUILT_IN_TOOLS

ATTACKS: dict[str, dict[str, Any]] = {
    "fgsm": {}, "pgd": {"steps": 5}, "apgd": {"steps": 6}, "square": {"queries": 25},
    "fab": {"steps": 5}, "deepfool": {"eps": 60.0}, "carlini_wagner": {"steps": 30, "weighings": 3, "eps": 60.0},
    "auto": {"steps": 4, "queries": 15}, "hopskipjump": {"queries": 150, "eps": 60.0},
    "sparse": {"queries": 25, "eps": 6.0},
}  # fmt: skip
"""By name, with what makes it quick; the budget is 4 levels where none is given."""

NORMS: dict[str, list[Norm]] = {
    "pgd": ["linf", "l2", "l1"], "fgsm": ["linf", "l2"], "apgd": ["linf", "l2"], "fab": ["linf", "l2", "l1"],
    "deepfool": ["l2", "linf"], "hopskipjump": ["l2", "linf"], "auto": ["linf", "l2"], "square": ["linf", "l2"],
    "carlini_wagner": ["l2"], "sparse": ["l0"],
}  # fmt: skip
SCALE: dict[Norm, float] = {"linf": 1.0, "l2": 20.0, "l1": 150.0, "l0": 1.0}
PHOTOS = torch.rand(4, 3, 9, 8, generator=torch.Generator().manual_seed(5)).mul(255).round().div(255)


def bench(name: str) -> Bench:
    return Bench(BUILT_IN_TOOLS.tool(f"attack.{name}"), BUILT_IN_TOOLS)


def attacked(name: str, images: Tensor = PHOTOS, norm: Norm | None = None, **more: Any) -> Result:
    norm = norm or NORMS[name][0]
    params = {"eps": 4.0 * SCALE[norm], **ATTACKS[name], "norm": norm}
    asked = {key: more.pop(key) for key in ("seeds", "mask", "control", "is_held") if key in more}
    return bench(name).call(images, {**params, **more}, models=[toy_classifier()], **asked)


def image(result: Result) -> Tensor:
    assert result.image is not None
    return result.image


@pytest.mark.parametrize("name", ATTACKS)
def test_it_stays_inside_a_mask(name: str) -> None:
    mask = torch.zeros(4, 1, 9, 8)
    mask[..., :5] = 1.0
    found = image(attacked(name, mask=mask, is_held=True))
    assert found[..., 5:].equal(PHOTOS[..., 5:])


@pytest.mark.parametrize("name", sorted(set(ATTACKS) - {"hopskipjump", "sparse"}))
def test_a_target_is_approached(name: str) -> None:
    model = toy_classifier()
    before = model(PHOTOS).softmax(1)
    target = int(before.mean(0).argsort()[1])
    norm = NORMS[name][0]
    found = image(attacked(name, norm=norm, eps=10.0 * SCALE[norm], target_class=target))
    assert bool((model(found).softmax(1)[:, target] >= before[:, target]).all())


class Between(nn.Module):
    """On the straight way from the first class to the second lies the third."""

    def forward(self, images: Tensor) -> Tensor:
        left, right = (half.mean((1, 2, 3)) for half in images.chunk(2, 3))
        return torch.stack([0.0 * left + 0.5, 3.0 * left + 2.0 * right - 2.0, 2.0 * left], 1)


@pytest.mark.parametrize(("name", "norm"), [("fab", "l2"), ("fab", "linf"), ("deepfool", "l2"), ("deepfool", "linf"),
                                            ("carlini_wagner", "l2")])  # fmt: skip
def test_a_target_behind_another_class_is_reached(name: str, norm: Norm) -> None:
    """And not from much farther than the nearest place of its own, where left + 2 right = 2 and they are 0.1 now."""
    grey, module = torch.full((1, 3, 8, 8), 0.1), Between()
    descriptor = replace(toy_classifier().descriptor, labels=("a", "b", "c"))
    model = LoadedClassifier(descriptor, module)
    params = {"norm": norm, "eps": 1e5, "target_class": "b"}
    found = bench(name).call(grey, params, models=[model]).image
    assert found is not None
    assert int(module(found).argmax(1)) == 1
    nearest = 1.7 / 3.0 if norm == "linf" else 1.7 / 5.0**0.5 * 96.0**0.5
    size = (found - grey).abs().max() if norm == "linf" else (found - grey).norm()
    assert nearest * 0.999 <= float(size) <= 1.1 * nearest


WEIGHTS = torch.randn(3, 9, 8, generator=torch.Generator().manual_seed(0)) / 10.0
GREY = 0.3 + 0.4 * PHOTOS


class Flat(nn.Module):
    """Two classes on the two sides of a plane, and two that never win: the smallest change is known."""

    def forward(self, images: Tensor) -> Tensor:
        leads = (images * WEIGHTS).sum((1, 2, 3))
        return torch.stack([leads, -leads, leads - 50.0, -leads - 50.0], 1)


@pytest.mark.parametrize(
    ("name", "norm", "more"),
    [
        ("pgd", "linf", {"smallest": True, "steps": 20}), ("pgd", "l2", {"smallest": True, "steps": 20}),
        ("apgd", "linf", {"smallest": True, "steps": 20}), ("apgd", "l2", {"smallest": True, "steps": 20}),
        ("fab", "linf", {}), ("fab", "l2", {}), ("fab", "l1", {}), ("deepfool", "l2", {}), ("deepfool", "linf", {}),
        ("carlini_wagner", "l2", {"steps": 100, "weighings": 5}),
    ],
)  # fmt: skip
def test_the_smallest_change_is_found(name: str, norm: Norm, more: dict[str, Any]) -> None:
    """On a plane it is the distance from it, by the dual norm."""
    dual = {"linf": WEIGHTS.abs().sum(), "l2": WEIGHTS.norm(), "l1": WEIGHTS.abs().amax()}[norm]
    least = (GREY * WEIGHTS).sum((1, 2, 3)).abs() / dual * 255.0
    model = toy_classifier(Flat())
    params = {**ATTACKS[name], "norm": norm, "eps": 3.0 * float(least.max()), **more}
    result = bench(name).call(GREY, params, models=[model])
    found = image(result)
    assert bool((model(found).argmax(1) != model(GREY).argmax(1)).all())
    told = [report["smallest"] for report in result.reports]
    assert told == pytest.approx(distances(found, GREY)[norm].tolist(), rel=1e-3)
    room = 1.2 if norm == "l1" else 1.02  # the heaviest value alone cannot go so far in [0, 1]
    halved = 0.012 * params["eps"] if "smallest" in more else 0.0
    assert bool((distances(found, GREY)[norm] <= room * least + halved).all())


def test_carlini_and_wagners_steps_shrink_to_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """At their full length they go to and fro over a bent border, and what is found stays a few percent too far."""
    sizes: list[float] = []
    plain = carlini_wagner._Adam.step

    def noted(adam: carlini_wagner._Adam, gradient: Tensor, size: float) -> Tensor:
        sizes.append(size)
        return plain(adam, gradient, size)

    monkeypatch.setattr(carlini_wagner._Adam, "step", noted)
    attacked("carlini_wagner", steps=20, weighings=1, step_size=0.02)
    assert len(sizes) >= 4
    assert sizes == pytest.approx([0.01 * (1.0 + cos(pi * step / 20)) for step in range(len(sizes))])


class Counted(Flat):
    """It, and how often it was asked: the clock of an attack."""

    asked = 0

    def forward(self, images: Tensor) -> Tensor:
        self.asked += 1
        return super().forward(images)


def test_carlini_and_wagner_know_how_much_is_left_though_weighings_end_early() -> None:
    module, marks = Counted(), list[tuple[int, float]]()
    control = JobControl(lambda done, _: marks.append((module.asked, done)))
    params = {**ATTACKS["carlini_wagner"], "eps": 1e4, "steps": 300, "weighings": 6}
    bench("carlini_wagner").call(GREY, params, models=[toy_classifier(module)], control=control)
    assert len(marks) < 0.6 * 6 * 300  # of those steps
    assert [done for _, done in marks] == sorted(done for _, done in marks)
    pace = Pace()
    for asked, done in marks:
        told, left = pace.seconds_left(float(asked), done), module.asked - asked
        if done >= 0.1 and left > 0.05 * module.asked:
            assert told is not None
            assert left / 2 <= told <= 2 * left


@pytest.mark.parametrize(
    ("name", "norm"), [(name, norm) for name in ("pgd", "apgd", "fab", "deepfool", "auto") for norm in NORMS[name]
                       if norm != "l1"],
)  # fmt: skip
def test_a_mask_takes_none_of_the_strength_inside_it(name: str, norm: Norm) -> None:
    """On a plane the smallest change inside a mask is known, too: a little more than that always suffices."""
    mask = torch.zeros(4, 1, 9, 8)
    mask[..., 2:7, 1:6] = 1.0
    inside = (WEIGHTS * mask[0]).abs()
    dual = inside.sum() if norm == "linf" else inside.norm()
    least = (GREY * WEIGHTS).sum((1, 2, 3)).abs() / dual * 255.0
    model = toy_classifier(Flat())
    params = {**ATTACKS[name], "steps": 30, "norm": norm, "eps": 1.1 * float(least.max())}
    result = bench(name).call(GREY, params, models=[model], mask=mask, is_held=True)
    assert bool((model(image(result)).argmax(1) != model(GREY).argmax(1)).all())
    assert image(result)[..., 6:].equal(GREY[..., 6:])


@pytest.mark.parametrize("name", ["square", "sparse", "hopskipjump"])
@pytest.mark.parametrize("queries", [50, 131, 300])
def test_a_model_is_asked_no_more_often_than_is_allowed(
    name: str, queries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted where the model answers, and told of each photo."""
    answers, plain = [0], LoadedClassifier.__call__

    def counted(model: LoadedClassifier, images: Tensor) -> Tensor:
        answers[0] += len(images)
        return plain(model, images)

    monkeypatch.setattr(LoadedClassifier, "__call__", counted)
    params = {"norm": NORMS[name][0], "eps": 8.0 * SCALE[NORMS[name][0]], "queries": queries}
    tool = BUILT_IN_TOOLS.tool(f"attack.{name}")
    assert tool.params is not None
    assert [one.kind for one in tool.params(**params).threat()] == ["ball", "queries"]
    result = bench(name).call(PHOTOS, params, models=[toy_classifier()], is_held=True)
    told = [report["queries"] for report in result.reports]
    assert sum(told) == answers[0]
    assert max(told) <= queries


def test_answers_alone_come_near_the_smallest_change() -> None:
    least = (GREY * WEIGHTS).sum((1, 2, 3)).abs() / WEIGHTS.norm() * 255.0
    params = {"norm": "l2", "eps": 1e4, "queries": 3000}
    model = toy_classifier(Flat())
    result = bench("hopskipjump").call(GREY, params, models=[model])
    assert bool((distances(image(result), GREY)["l2"] <= 1.25 * least).all())
    assert all(2900 <= report["queries"] <= 3000 for report in result.reports)


def test_pixels_that_success_does_not_need_are_put_back() -> None:
    model = toy_classifier(Flat())
    counts = []
    for fewest in (False, True):
        params = {"eps": 60.0, "queries": 300, "fewest": fewest}
        found = image(bench("sparse").call(GREY, params, models=[model]))
        assert bool((model(found).argmax(1) != model(GREY).argmax(1)).all())
        counts.append(distances(found, GREY)["l0"])
    assert bool((counts[1] < counts[0]).all())
    assert bool((counts[0] <= 60).all())
