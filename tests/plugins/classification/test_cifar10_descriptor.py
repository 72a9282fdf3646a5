"""The classifier's descriptor repeats its model card, and nothing else."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from desktop_app.api import resources
from desktop_app.core.models.networks import load_network
from plugins.classification.cifar10_resnet import descriptor
from plugins.classification.cifar10_resnet.network import LABELS

CARD: dict[str, Any] = {
    "id": "classify.cifar10_resnet", "file": "net.safetensors", "sha256": "a" * 64, "labels": list(LABELS),
    "factory": "plugins.classification.cifar10_resnet.network:build", "figures": {"test_accuracy": 0.912},
    "dataset": {"name": "CIFAR-10"}, "licence": {"weights": "MIT"},
}


def test_it_reads_its_figures_from_the_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cifar10_resnet.json").write_text(json.dumps(CARD), encoding="utf-8")
    monkeypatch.setattr(resources, "bundled", lambda path: tmp_path / Path(path).name)
    monkeypatch.setattr(descriptor, "NETS", {"cifar10_resnet": ("A net", "Names things")})
    (model,) = descriptor.verilens_models()
    assert (model.id, model.builder, model.sha256) == (CARD["id"], CARD["factory"], CARD["sha256"])
    assert model.weights == tmp_path / "net.safetensors"
    assert model.labels == LABELS
    assert "91.2%" in model.summary


def test_the_bundled_weights_are_those_of_their_cards_and_fit() -> None:
    for model in descriptor.verilens_models():
        assert hashlib.sha256(model.weights.read_bytes()).hexdigest() == model.sha256
        assert model.weights.stat().st_size <= 5_000_000
        assert not load_network(model).training
