"""Who is asked about photos, and how."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from desktop_app.core.application import Application
from desktop_app.core.evaluation.methods import askings

MEMBER, DROPOUT, RESNET = (f"classify.cifar10_{name}" for name in ("member_1", "dropout", "resnet"))


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Application:
    return Application(Path(tmp_path_factory.mktemp("home")))


def asked(application: Application, models: list[str], *methods: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return by which method whom is asked."""
    found = askings(
        models, [(name, {}) for name in methods], application.host.snapshot(),
        lambda name: application.models.classifier(name, torch.device("cpu")), 0, "cpu",
    )  # fmt: skip
    return [(one.method, tuple(model.id for model in one.models)) for one in found]


def test_passes_with_dropout_are_of_the_model_that_has_it(application: Application) -> None:
    """Of a bundled model without any, the one of its classes that ships for it is asked."""
    assert asked(application, [MEMBER, RESNET], "mc_dropout") == [
        ("mc_dropout", (DROPOUT,)), ("mc_dropout", (RESNET,)),
    ]  # fmt: skip


def test_the_methods_of_the_guide_are_understood(application: Application) -> None:
    found = asked(application, [MEMBER], "softmax", "temperature", "mc_dropout", "ensemble", "augmix")
    assert [method for method, _ in found] == ["softmax", "temperature", "mc_dropout", "ensemble", "softmax"]
    assert len(found[3][1]) == 5
    assert found[4][1] == ("classify.cifar10_augmix",)
