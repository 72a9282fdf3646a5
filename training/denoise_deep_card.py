"""Export of the learnt denoiser: half-precision weights, and a card for machines and one for people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from plugins.restoration.deep.network import DeepDenoiser
from training.weights import facts_of, write_half, write_text

__all__ = ["export", "to_markdown"]

NAME = "denoise_deep"
FACTORY = "plugins.restoration.deep.network:build"
DATASET = {
    "name": "BSDS500 (Arbelaez et al. 2011), its train and test folders",
    "source": "BIDS/BSDS500",
    "trained_on": "290 photos; a hundred are left out of all training, so that intervals can be calibrated on them",
    "tested_on": "10 further photos that were looked at along the way; nothing was chosen by them",
    "caveats": [
        "BSD68, CBSD68 and B100 are part of BSDS500's val folder, which was never used.",
        "The photos are JPEG files of 481 x 321 pixels: very fine texture of larger photos was hardly seen.",
        "Trained on white Gaussian noise of 0 to 75 levels, photon noise, JPEG of quality 8 to 80, impulses. Coarse or "
        "correlated grain of developed camera files is none of these.",
        "The standard deviation that it gives is what its training promised; it is not calibrated by itself.",
    ],
}
LICENCE = {
    "weights": "MIT",
    "images": "not included; rights in the BSDS500 images are as their source states (none stated)",
}


def export(
    model: DeepDenoiser, folder: Path, recipe: Mapping[str, Any], curve: Sequence[Mapping[str, float]]
) -> dict[str, Any]:
    """Write ``denoise_deep.safetensors``, ``denoise_deep.json`` and ``MODEL_CARD.md``; return the card.

    Parameters
    ----------
    model : DeepDenoiser
        As `round_to_half` returns it.
    folder : Path
        Made where absent.
    recipe : Mapping
        The schedule's fields, ``batch``, and ``start``: the SHA-256 of the weights it started from, or None.
    curve : sequence of mapping
        Rows of the run's curve; the last one's figures (PSNR in dB) are the card's.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights, last = folder / f"{NAME}.safetensors", curve[-1]
    write_half(model, weights, {"seed": recipe["seed"], "steps": last["step"]})
    card = {
        "id": "denoise.deep_unet",
        **facts_of(model, weights),
        "factory": FACTORY,
        "dataset": DATASET,
        "command": f"verilens train {NAME} --steps {recipe['steps']} --rate {recipe['rate']:g} "
        f"--seed {recipe['seed']} --batch {recipe['batch']} --crop {recipe['crop']}"
        + (" --start FILE" if recipe["start"] else ""),
        "recipe": dict(recipe),
        "steps": last["step"],
        "training_minutes": round(last["seconds"] / 60, 1),
        "figures": {name: round(value, 2) for name, value in last.items() if name not in ("step", "seconds", "loss")},
        "licence": LICENCE,
    }
    write_text(folder / f"{NAME}.json", json.dumps(card, indent=2) + "\n")
    write_text(folder / "MODEL_CARD.md", to_markdown(card))
    return card


def to_markdown(card: Mapping[str, Any]) -> str:
    """Return the card that people read, from the same numbers."""
    caveats = "\n".join(f"- {text}" for text in card["dataset"]["caveats"])
    rows = "\n".join(f"| {name.replace('_', ' ')} | {value:.2f} |" for name, value in card["figures"].items())
    recipe = card["recipe"]
    start = f"weights {recipe['start'][:12]}…" if recipe["start"] else "random weights"
    return f"""# {card["id"]}

Gives the clean photo that is to be expected, and how far each value of it may be off.

| file | bytes | parameters | SHA-256 |
|---|---|---|---|
| `{card["file"]}` | {card["bytes"]:,} | {card["parameters"]:,} | `{card["sha256"]}` |

A U-net on blocks of 2 x 2 pixels with a mean and a variance head and channel dropout. Input: N, C + 1, H, W with C 1
(grey) or 3 (RGB), any H and W, float32, sRGB as encoded, nominally in [0, 1] and unclipped; the last plane is the
noise's standard deviation in the same unit, negative where it is not known. Output: N, 2 C, H, W, mean and deviation.

## Figures

PSNR in dB of the result clipped to [0, 1], all channels, on photos that were not trained on: white Gaussian noise,
unclipped, of the level in the name; blind where the level was not told.

| photos and noise | PSNR |
|---|---|
{rows}

## Photos

{card["dataset"]["name"]}, from {card["dataset"]["source"]}.
Trained on {card["dataset"]["trained_on"]};
tested on {card["dataset"]["tested_on"]}.

{caveats}

## Made by

`{card["command"]}`

{card["steps"]:,} of {recipe["steps"]:,} steps of {recipe["batch"]} crops of {recipe["crop"]} pixels a side,
from {start}, in {card["training_minutes"]} minutes by the wall clock, torch {card["torch"]}.
Another machine's rounding gives slightly other weights.

## Rights

Weights: {card["licence"]["weights"]}. Images: {card["licence"]["images"]}.
"""
