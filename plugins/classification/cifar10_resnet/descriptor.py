"""The bundled CIFAR-10 classifiers, as the model picker sees them."""

from __future__ import annotations

from desktop_app.api import Model, bundled_network, hookimpl

_MEMBERS = 5
NETS = {
    "cifar10_resnet": ("CIFAR-10 residual net", "Names one of ten things in a small photo"),
    **{
        f"cifar10_member_{seed}": (f"CIFAR-10 ensemble, member {seed}", "One of several small nets of different seeds")
        for seed in range(1, _MEMBERS + 1)
    },
    "cifar10_augmix": ("CIFAR-10, trained by AugMix", "A small net that bears shifts"),
    "cifar10_dropout": ("CIFAR-10, with dropout", "A small net whose parts can be switched off, to ask it again"),
    "cifar10_equivariant": ("CIFAR-10, turning", "A small net that answers the same for a photo turned by quarters"),
    "cifar10_contrastive": ("CIFAR-10, pretrained without labels", "A small net that first learnt what looks alike"),
    "cifar10_robust": ("CIFAR-10, trained against attacks", "A small net that bears changes of up to eight levels"),
    "cifar10_provable": ("CIFAR-10, provable", "A tiny ReLU net whose answers defend.bounds can prove"),
}
"""Title and purpose of each, by the name of its folder."""


@hookimpl
def verilens_models() -> list[Model]:
    """Return the bundled nets; their figures are those of their model cards.

    Raises
    ------
    InputError
        If the installation lacks a card or weights.
    """
    first, *others = NETS
    return [_model(first, id="classify.cifar10_resnet"), *(_model(name, id=f"classify.{name}") for name in others)]


def _model(name: str, *, id: str) -> Model:
    title, purpose = NETS[name]
    card, files = bundled_network(name)
    accuracy, proved = card["figures"]["test_accuracy"], card["figures"].get("certified")
    more = f", proved so on {proved:.1%}" if proved else ""
    return Model(
        id=id,
        title=title,
        task="classifier",
        labels=tuple(card["labels"]),
        **files,
        summary=f"{purpose}; {accuracy:.1%} right on {card['dataset']['name']}{more}.",
        sources=(
            "He et al. 2016, Deep residual learning for image recognition, doi:10.1109/CVPR.2016.90",
            "Krizhevsky 2009, Learning multiple layers of features from tiny images",
        ),
    )
