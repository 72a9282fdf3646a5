"""Fits NIQE's statistics of good photos: ``python -m training.niqe [--data DIR] [--output DIR]``."""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import save_file

from desktop_app.core.imaging.files import open_photo
from desktop_app.core.lab.niqe import Pristine, patch_features
from training.cifar10_images import data_root

# Of a photo's sharpest patch: what is less sharp is out of focus. The paper's 0.75 leaves 4 of the 15 patches of such
# small photos, the busiest alone, and calls every calm surface blurred.
SHARPNESS = 0.4
OUTPUT = Path(__file__).resolve().parents[1] / "resources" / "weights" / "niqe"
_FOLDERS = ("train", "test")


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
    return features[(sharpness > SHARPNESS * sharpness.max()) & np.isfinite(features).all(axis=1)]


def export(pristine: Pristine, photos: int, patches: int, folder: Path) -> dict[str, Any]:
    """Write ``niqe.safetensors``, ``niqe.json`` and ``MODEL_CARD.md``; return the card."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / "niqe.safetensors"
    save_file({"mean": pristine.mean, "covariance": pristine.covariance}, weights)
    weights.chmod(0o644)  # safetensors makes it readable by its owner alone
    card = describe(weights, photos, patches)
    (folder / "niqe.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    (folder / "MODEL_CARD.md").write_text(to_markdown(card), encoding="utf-8")
    return card


def describe(weights: Path, photos: int, patches: int) -> dict[str, Any]:
    """Return the card that machines read."""
    content = weights.read_bytes()
    return {
        "id": "metric.niqe",
        "file": weights.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "holds": {"mean": [36], "covariance": [36, 36]},
        "input": "grey by BT.601, 8-bit levels, patches of 96x96 pixels at two scales; see desktop_app.core.lab.niqe",
        "dataset": {"name": "BSDS500, train and test", "photos": photos, "patches": patches,
                    "rule": f"sharpness above {SHARPNESS} of the photo's sharpest patch"},
        "command": "python -m training.niqe",
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


def main(argv: Sequence[str] | None = None) -> int:
    """Make the statistics from the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.niqe", description=__doc__)
    parser.add_argument("--data", type=Path, default=data_root() / "train" / "bsds500", metavar="DIR")
    parser.add_argument("--output", type=Path, default=OUTPUT, metavar="DIR")
    options = parser.parse_args(argv)
    photos = sorted(path for name in _FOLDERS for path in (options.data / name).glob("*.jpg"))
    if not photos:
        parser.error(f"expected photos in the folders train and test of --data, found none in {options.data}")
    pristine, patches = fit(photos)
    print(export(pristine, len(photos), patches, options.output)["sha256"], flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
