"""Attacks get classifiers that answer sooner; who judges, and who looks inside, gets the one that there is."""

from __future__ import annotations

from typing import Any, get_args

import pytest
import torch
from torch import Tensor, nn

from desktop_app.core.jobs import hurry
from desktop_app.core.jobs.request import WantedPrecision
from desktop_app.core.models.folding import folded
from desktop_app.core.models.loaded_classifier import LoadedClassifier
from desktop_app.testing import Bench, toy_classifier
from plugins.attack.pgd.descriptor import verilens_tools


class Context:
    """As much of a run's context as decides."""

    def __init__(self, precision: str, device: str = "cpu") -> None:
        self.precision, self.device = precision, torch.device(device)


@pytest.mark.parametrize(
    ("precision", "side", "device", "has_unit", "wanted"),
    [
        ("auto", 224, "cpu", True, True), ("auto", 224, "cpu", False, False), ("auto", 32, "cpu", True, False),
        ("auto", 224, "meta", True, False), ("float32", 224, "cpu", True, False), ("bfloat16", 32, "cpu", False, True),
    ],
)  # fmt: skip
def test_gradients_are_coarse_where_that_pays_or_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, precision: str, side: int, device: str, has_unit: bool, wanted: bool
) -> None:
    monkeypatch.setattr(hurry, "_multiplies_bfloat16", lambda: has_unit)
    context: Any = Context(precision, device)
    assert hurry._is_coarse(context, side) is wanted


@pytest.mark.parametrize("unit", ["_is_amx_tile_supported", "_is_avx512_bf16_supported"])
def test_either_unit_of_a_processor_serves(monkeypatch: pytest.MonkeyPatch, unit: str) -> None:
    for name in hurry._UNITS:
        monkeypatch.setattr(torch.cpu, name, lambda: False, raising=False)
    assert not hurry._multiplies_bfloat16()
    monkeypatch.setattr(torch.cpu, unit, lambda: True, raising=False)
    assert hurry._multiplies_bfloat16()


def test_what_a_version_of_torch_does_not_tell_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in hurry._UNITS:
        monkeypatch.delattr(torch.cpu, name, raising=False)
    assert not hurry._multiplies_bfloat16()


def seen(model: LoadedClassifier, images: Tensor) -> set[torch.dtype]:
    """Return what the convolutions of a classifier's own or quicker network work in."""
    kinds: set[torch.dtype] = set()
    handles = [
        part.register_forward_hook(lambda _part, _given, answer: kinds.add(answer.dtype))
        for network in (model.network, model.quick) if network is not None
        for part in network.modules() if isinstance(part, nn.Conv2d)
    ]
    model(images)
    for handle in handles:
        handle.remove()
    return kinds


def test_only_gradients_are_coarse() -> None:
    model = toy_classifier().hurried(is_coarse=True)
    images = torch.rand(2, 3, 16, 16)
    assert seen(model, images) == {torch.float32}
    assert seen(model, images.requires_grad_(True)) == {torch.bfloat16}
    with torch.no_grad():
        assert seen(model, images) == {torch.float32}


def test_who_looks_inside_gets_the_network_that_answers() -> None:
    plain = toy_classifier()
    model = plain.hurried()
    images = torch.rand(2, 3, 16, 16)
    assert model._answering() is folded(plain.network)
    torch.testing.assert_close(model(images), plain(images), rtol=1e-5, atol=1e-5)
    plain.network.drop.train()
    assert model._answering() is plain.network
    plain.network.drop.eval()
    assert model._answering() is folded(plain.network)
    assert model.module is plain.network
    assert model._answering() is plain.network


def test_who_compares_all_steps_asks_the_network_as_it_is() -> None:
    plain = toy_classifier()
    assert plain.hurried(is_folded=False)._answering() is plain.network
    (pgd,) = verilens_tools()
    assert pgd.params is not None
    assert [pgd.params(stop_early=stops).asks_exactly for stops in (True, False)] == [False, True]


def test_an_attack_with_coarse_gradients_fools_the_model_as_it_is() -> None:
    colour = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    with torch.no_grad():
        colour[0].weight.copy_(9.0 * torch.eye(4, 3)[..., None, None])
        colour[0].bias.zero_()
    model = toy_classifier(colour)  # says which channel is the brightest
    draw = torch.Generator().manual_seed(4)
    images = 0.5 + 0.01 * torch.randn(8, 3, 16, 16, generator=draw) + 0.05 * torch.randn(8, 3, 1, 1, generator=draw)
    clean = model(images).argmax(1)
    fooled = {}
    for precision in get_args(WantedPrecision):
        bench = Bench(verilens_tools()[0], precision=precision)
        changed = bench.call(images, {"eps": 12.0, "steps": 10}, models=[model]).image
        assert changed is not None
        assert float((changed - images).abs().max()) <= 12.0 / 255.0 + 1e-6
        fooled[precision] = (model(changed).argmax(1) != clean).tolist()
    assert fooled["float32"] == fooled["bfloat16"] == fooled["auto"]
    assert set(fooled["float32"]) == {True, False}
