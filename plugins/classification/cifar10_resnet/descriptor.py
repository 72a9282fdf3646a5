"""The bundled CIFAR-10 classifier, as the model picker sees it."""

from __future__ import annotations

from desktop_app.api import Model, bundled_network, hookimpl


@hookimpl
def verilens_models() -> list[Model]:
    """Return the one model of this plugin; its figures are those of its model card.

    Raises
    ------
    InputError
        If the installation lacks the card or the weights.
    """
    card, files = bundled_network("cifar10_resnet")
    accuracy = card["figures"]["test_accuracy"]
    return [
        Model(
            id="classify.cifar10_resnet",
            title="CIFAR-10 residual net",
            task="classifier",
            labels=tuple(card["labels"]),
            **files,
            summary=f"Names one of ten things in a small photo; {accuracy:.1%} right on {card['dataset']['name']}.",
            sources=(
                "He et al. 2016, Deep residual learning for image recognition, doi:10.1109/CVPR.2016.90",
                "Krizhevsky 2009, Learning multiple layers of features from tiny images",
            ),
        )
    ]
