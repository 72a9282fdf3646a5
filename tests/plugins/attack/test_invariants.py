"""What holds for every attack, always, whatever its method and threat: a new one is found, and need not be named."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from desktop_app.api import Cancelled, Result, Tool
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.jobs.request import TargetSpec
from desktop_app.core.models.loaded_classifier import LoadedClassifier
from desktop_app.core.threats.ball import distances
from desktop_app.testing import BLUR, toy_classifier
from desktop_app.testing.pictures import textured
from desktop_app.testing.running import Bench
from desktop_app.testing.subjects import ToyNet
from tests.support.tools import BUILT_IN_TOOLS, built_in_tools

ATTACKS = {tool.id: tool for tool in built_in_tools() if tool.kind == "attack"}
QUICK: dict[str, dict[str, Any]] = {
    "attack.pgd": {"steps": 5}, "attack.apgd": {"steps": 6}, "attack.square": {"queries": 25},
    "attack.fab": {"steps": 5}, "attack.deepfool": {"steps": 8}, "attack.carlini_wagner": {"steps": 20, "weighings": 2},
    "attack.auto": {"steps": 4, "queries": 15}, "attack.hopskipjump": {"queries": 150},
    "attack.sparse": {"queries": 25}, "attack.spatial": {"queries": 30, "steps": 3, "restarts": 1},
    "attack.natural": {"steps": 2, "halvings": 1}, "attack.patch": {"steps": 6}, "attack.feature": {"steps": 5},
    "attack.universal": {"steps": 6}, "attack.restoration": {"steps": 4},
}  # fmt: skip
"""Fewer steps where the defaults would take long."""

EPS = {"linf": 4.0, "l2": 80.0, "l1": 600.0, "l0": 6.0}
PHOTOS = torch.cat([textured(3, 16, 18, seed) for seed in range(3)]).mul(255).round().div(255)
SEEDS = [3, 4, 5]
ROOM = 1e-6  # values; 255 times as much in levels


def norms_of(tool: Tool) -> list[str]:
    """Return the norms that an attack within a ball knows; an empty name for all other threats."""
    assert tool.params is not None
    told = tool.params.model_json_schema()["properties"].get("norm")
    return [""] if told is None else list(told.get("enum", [told.get("const")]))


EVERY = [(name, norm) for name, tool in ATTACKS.items() for norm in norms_of(tool)]


def attacked(
    name: str, norm: str = "", images: Tensor = PHOTOS, model: LoadedClassifier | None = None, **more: Any
) -> Result:
    asked = {key: more.pop(key) for key in ("control", "is_held") if key in more}
    norm = norm or norms_of(ATTACKS[name])[0]
    ball = {"norm": norm, "eps": EPS[norm]} if norm else {}
    of_models = any("classifier" in form for form in ATTACKS[name].subjects)
    return Bench(ATTACKS[name], BUILT_IN_TOOLS).call(
        images.clone(), {**QUICK.get(name, {}), **ball, **more}, seeds=SEEDS[: len(images)],
        models=[model or toy_classifier()] if of_models else [], targets=[] if of_models else [TargetSpec(BLUR.id)],
        **asked,
    )


def image(result: Result) -> Tensor:
    assert result.image is not None
    return result.image


def test_every_threat_can_be_made_nothing() -> None:
    assert all(getattr(tool.params, "SIZES", ()) for tool in ATTACKS.values())


@pytest.mark.parametrize(("name", "norm"), EVERY)
def test_it_is_inside_its_threat_by_its_own_doing_and_between_black_and_white(name: str, norm: str) -> None:
    """The host, which holds it to its threat, moves nothing by more than rounding; what it gives is inside."""
    own, held = image(attacked(name, norm)), image(attacked(name, norm, is_held=True))
    assert float((own - held).abs().max()) <= ROOM
    for picture in (own, held):
        assert float(picture.min()) >= 0.0
        assert float(picture.max()) <= 1.0
    if norm:
        assert float(distances(held, PHOTOS)[norm].max()) <= EPS[norm] + 255.0 * ROOM


@pytest.mark.parametrize(("name", "norm"), EVERY)
def test_a_threat_of_size_0_gives_the_photo_back(name: str, norm: str) -> None:
    nothing = dict.fromkeys(ATTACKS[name].params.SIZES, 0.0)
    for is_held in (False, True):
        assert image(attacked(name, norm, is_held=is_held, **nothing)).equal(PHOTOS)


@pytest.mark.parametrize(("name", "norm"), EVERY)
def test_the_same_seed_gives_the_same_whatever_is_beside_it(name: str, norm: str) -> None:
    together = image(attacked(name, norm))
    assert together.equal(image(attacked(name, norm)))
    if not ATTACKS[name].is_joint:  # one change for all photos is of all of them
        torch.testing.assert_close(together[:1], image(attacked(name, norm, PHOTOS[:1])), rtol=0.0, atol=1e-4)


class Stubborn(nn.Module):
    """Says the same of every photo, though its logits have slopes."""

    def forward(self, images: Tensor) -> Tensor:
        mean = images.mean((1, 2, 3))
        return torch.stack([9.0 + mean, mean, -mean, 1.0 - mean], 1)


@pytest.mark.parametrize("name", [name for name, tool in ATTACKS.items() if "restoration" not in tool.subjects])
def test_an_attack_that_fails_says_what_looks_harder(name: str) -> None:
    for report in attacked(name, model=toy_classifier(Stubborn())).reports:
        said = " ".join(report.get("caveats", []))
        assert "attack." in said or "look harder" in said or "look further" in said


class _Stopped(JobControl):
    """Cancelled at a look; at 0 never."""

    def __init__(self, look: int) -> None:
        super().__init__()
        self.left = look

    def check(self) -> None:
        self.left -= 1
        if self.left == 0:
            self.cancel()
        super().check()


@pytest.mark.parametrize("name", [name for name, tool in ATTACKS.items() if "restoration" not in tool.subjects])
def test_flags_gradients_and_hooks_of_the_model_are_as_before_even_after_a_cancel(name: str) -> None:
    model = toy_classifier()
    assert isinstance(model.module, ToyNet)
    model.module.norm.train()
    model.module.head.weight.requires_grad_(True)
    before = _state(model)
    watched = _Stopped(0)
    attacked(name, model=model, control=watched)
    assert _state(model) == before
    for look in (1, (1 - watched.left) // 2, -watched.left):
        with pytest.raises(Cancelled):
            attacked(name, model=model, control=_Stopped(look))
        assert _state(model) == before


def _state(model: LoadedClassifier) -> tuple[Any, ...]:
    parts, weights = list(model.module.modules()), list(model.module.parameters())
    return (
        [part.training for part in parts], [weight.requires_grad for weight in weights],
        [weight.grad is None for weight in weights], [weight.detach().sum().item() for weight in weights],
        [len(part._forward_hooks) + len(part._forward_pre_hooks) for part in parts],
    )  # fmt: skip
