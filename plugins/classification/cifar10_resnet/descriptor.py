"""The bundled CIFAR-10 classifier, as the model picker sees it."""

from __future__ import annotations

import json

from desktop_app.api import Model, bundled, hookimpl

_FOLDER = "weights/cifar10_resnet"


@hookimpl
def verilens_models() -> list[Model]:
    """Return the one model of this plugin; its figures are those of its model card.

    Raises
    ------
    InputError
        If the installation lacks the card or the weights.
    """
    card = json.loads(bundled(f"{_FOLDER}/cifar10_resnet.json").read_text(encoding="utf-8"))
    accuracy = card["figures"]["test_accuracy"]
    return [
        Model(
            id="classify.cifar10_resnet",
            title="CIFAR-10 residual net",
            task="classifier",
            builder=card["factory"],
            weights=bundled(f"{_FOLDER}/{card['file']}"),
            sha256=card["sha256"],
            labels=tuple(card["labels"]),
            card=bundled(f"{_FOLDER}/MODEL_CARD.md"),
            licence=card["licence"]["weights"],
            summary=f"Names one of ten things in a small photo; {accuracy:.1%} right on {card['dataset']['name']}.",
            sources=(
                "He et al. 2016, Deep residual learning for image recognition, doi:10.1109/CVPR.2016.90",
                "Krizhevsky 2009, Learning multiple layers of features from tiny images",
            ),
        )
    ]
