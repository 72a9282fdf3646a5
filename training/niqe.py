"""NIQE's statistics of good photos."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import save

from desktop_app.core.atomic import write_whole
from desktop_app.core.imaging.files import open_photo
from desktop_app.core.lab.niqe import Pristine, patch_features
from training.photos import photos_in
from training.weights import file_facts, write_text

# Of a photo's sharpest patch: what is less sharp is out of focus. The paper's 0.75 leaves 4 of the 15 patches of such
# small photos, the busiest alone, and calls every calm surface blurred.
SHARPNESS = 0.4


def fit(photos: Iterable[Path]) -> tuple[Pristine, int]:
    """Return the statistics of the sharp patches of photos, and how many those are.

    Mittal, Soundararajan, Bovik 2013, doi:10.1109/LSP.2012.2227726, section II-B: patches whose mean local deviation is
    above a share of the sharpest one of their photo.
    """
    kept = np.concatenate([sharp_features(open_photo(path).raster.planes()) for path in photos])
    return Pristine(kept.mean(axis=0), np.cov(kept, rowvar=False)), len(kept)


def sharp_features(picture: np.ndarray[Any, np.dtype[np.float32]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the features of a photo's sharp patches; those with nothing in them are left out."""
    features, sharpness = patch_features(picture)
    is_kept = (sharpness > SHARPNESS * sharpness.max()) & np.isfinite(features).all(axis=1)
    kept: np.ndarray[Any, np.dtype[np.float64]] = features[is_kept]
    return kept


def export(pristine: Pristine, photos: int, patches: int, folder: Path) -> dict[str, Any]:
    """Write ``niqe.safetensors``, ``niqe.json`` and ``MODEL_CARD.md``; return the card."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / "niqe.safetensors"
    write_whole(weights, save({"mean": pristine.mean, "covariance": pristine.covariance}))
    card = describe(weights, photos, patches)
    write_text(folder / "niqe.json", json.dumps(card, indent=2) + "\n")
    write_text(folder / "MODEL_CARD.md", to_markdown(card))
    return card


def describe(weights: Path, photos: int, patches: int) -> dict[str, Any]:
    """Return the card that machines read."""
    return {
        "id": "metric.niqe",
        **file_facts(weights),
        "holds": {"mean": [36], "covariance": [36, 36]},
        "input": "grey by BT.601, 8-bit levels, patches of 96x96 pixels at two scales; see desktop_app.core.lab.niqe",
        "dataset": {"name": "BSDS500, train and test", "photos": photos, "patches": patches,
                    "rule": f"sharpness above {SHARPNESS} of the photo's sharpest patch"},
        "command": "verilens train niqe",
        "torch": torch.__version__,
        "licence": {"weights": "MIT", "images": "not included; rights in the BSDS500 photos are as their source states "
                                                "(none stated)"},
    }  # fmt: skip


def to_markdown(card: dict[str, Any]) -> str:
    """Return the card that people read."""
    return f"""# {card["id"]}

The mean and the covariance of 36 features of good photos, against which NIQE measures a picture
(Mittal, Soundararajan, Bovik 2013, doi:10.1109/LSP.2012.2227726).

| file | bytes | SHA-256 |
|---|---|---|
| `{card["file"]}` | {card["bytes"]:,} | `{card["sha256"]}` |

Fitted on {card["dataset"]["photos"]} photos of {card["dataset"]["name"]}: {card["dataset"]["patches"]} patches, by the
rule "{card["dataset"]["rule"]}". Features: {card["input"]}.

Over 51 pictures of all kinds, figures differ from those by the published statistics by 0.30 on average, by 2.4 at
most (noise), with a rank correlation of 0.988; on twelve chosen among them by at most 0.3, with 0.99
(`tests/core/lab/test_niqe.py` holds them to it). The photos are JPEG files of 481×321 pixels: very large photos look
smoother than these, pixel by pixel, and score higher.

Made by `{card["command"]}` (torch {card["torch"]}). Weights: {card["licence"]["weights"]}. Images:
{card["licence"]["images"]}.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add nothing: the statistics follow from the photos, in about a minute."""


def make(options: argparse.Namespace) -> Mapping[str, Any]:
    """Fit, write, and return on how many photos and patches."""
    photos = sorted(photos_in(options.data))
    pristine, patches = fit(photos)
    export(pristine, len(photos), patches, options.output)
    return {"photos": len(photos), "patches": patches}
