"""Weights are checked before they are loaded, and networks come frozen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from desktop_app.api import Model, ParameterError, PluginError
from desktop_app.core.models import networks as module_under_test
from desktop_app.core.models.networks import ModelStore, flags_restored, sha256_of

CPU = torch.device("cpu")


class Source:
    def __init__(self, model: Model) -> None:
        self.known = model

    def model(self, model_id: str) -> Model:
        return self.known


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Model:
    weights = tmp_path / "linear.safetensors"
    save_file({"weight": torch.eye(2).half(), "bias": torch.tensor([0.0, 1.0]).half()}, weights)
    monkeypatch.setattr(module_under_test, "load_function", lambda path: lambda: nn.Linear(2, 2))
    return Model(
        id="classify.two", title="Two", task="classifier", builder="x:y", weights=weights, sha256=sha256_of(weights),
        labels=("a", "b"),
    )


def test_a_classifier_answers_in_float32_and_is_frozen(model: Model) -> None:
    classifier = ModelStore(Source(model)).classifier("classify.two", CPU)
    logits = classifier(torch.tensor([[3.0, 4.0]]))
    assert logits.tolist() == [[3.0, 5.0]]
    assert not any(weight.requires_grad for weight in classifier.module.parameters())
    assert not classifier.module.training


def test_a_network_is_loaded_once(model: Model) -> None:
    store = ModelStore(Source(model))
    assert store.network("classify.two", CPU) is store.network("classify.two", CPU)


def test_changed_weights_are_refused(model: Model) -> None:
    Path(model.weights).write_bytes(b"poison")
    with pytest.raises(PluginError, match="the file was changed"):
        ModelStore(Source(model)).network("classify.two", CPU)


def test_absent_weights_are_told(model: Model) -> None:
    Path(model.weights).unlink()
    with pytest.raises(PluginError, match=r"expected the weights file linear\.safetensors, found none"):
        ModelStore(Source(model)).network("classify.two", CPU)


def test_weights_that_do_not_fit_are_told_in_one_line(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module_under_test, "load_function", lambda path: lambda: nn.Linear(3, 2))
    with pytest.raises(PluginError, match="expected weights that fit its network") as caught:
        ModelStore(Source(model)).network("classify.two", CPU)
    assert "\n" not in str(caught.value)


def test_only_a_classifier_is_one(model: Model) -> None:
    with pytest.raises(ParameterError, match="expected a classifier"):
        ModelStore(Source(replace(model, task="network"))).classifier("classify.two", CPU)


def test_flags_come_back_after_an_error() -> None:
    net = nn.Sequential(nn.Dropout(), nn.BatchNorm1d(2)).eval().requires_grad_(False)


    def meddle() -> None:
        with flags_restored(net):
            net.train().requires_grad_(True)
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        meddle()
    assert [part.training for part in net.modules()] == [False, False, False]
    assert not any(weight.requires_grad for weight in net.parameters())
