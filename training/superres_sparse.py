"""The dictionaries of ``superres.sparse``.

For each scale, photos are made small and enlarged again. The features of small patches get a dictionary by K-SVD; the
details that the enlargement lacks get the one that fits them best with the same codes (Zeyde, Elad, Protter 2010,
section 4).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor

from desktop_app.api.errors import InputError
from desktop_app.core.atomic import write_whole
from desktop_app.core.imaging.files import open_photo
from desktop_app.numerics.appearance import luminance
from desktop_app.numerics.dictionaries import code_all, learn_dictionary
from desktop_app.numerics.resize import downsample_bicubic
from plugins.restoration.sparse_superres.algorithm import MOST_ATOMS, Dictionaries
from plugins.restoration.sparse_superres.features import BORDER, PATCH, enlarged, patch_features
from training.checkpoints import kept_part
from training.photos import photos_in
from training.weights import file_facts, write_text

NAME = "superres_sparse"
SCALES = (2, 3, 4)
ATOMS = 1024
COMPONENTS = 0.999  # of the features' energy that is kept
PATCHES = 200_000  # learnt from
LEAST = 48  # pixels a side of a photo
ROUNDS = 20


def pairs(plane: Tensor, scale: int) -> tuple[Tensor, Tensor]:
    """Return features ``(n, f)`` and details ``(n, (3·scale)²)`` of all patches inside a plane ``(H, W)``."""
    height, width = (size // scale * scale for size in plane.shape)
    large = plane[:height, :width]
    up = enlarged(downsample_bicubic(large[None], scale)[0], scale)
    inner = slice(BORDER * scale, -BORDER * scale)
    details = large - up[inner, inner]
    edge = slice(scale, -scale)  # where differences stay inside
    patches = torch.nn.functional.unfold(details[None, None, edge, edge], PATCH * scale, stride=scale)[0].T
    return patch_features(up[inner, inner], scale), patches


def gather(photos: Sequence[Path], scale: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return features and details of patches drawn from all photos, those without any structure left out."""
    features, details = list[Tensor](), list[Tensor]()
    for path in photos:
        plane = luminance(torch.from_numpy(open_photo(path).raster.planes()))[0]
        if min(plane.shape) < LEAST:
            raise InputError(f"expected photos of at least {LEAST} pixels a side, got {path.name!r} of "
                             f"{plane.shape[1]}×{plane.shape[0]}; take it out of the folder")
        small, large = pairs(plane, scale)
        busy = (small.square().sum(1) > 1e-2).nonzero()[:, 0]
        chosen = busy[torch.randperm(len(busy), generator=generator)[: PATCHES // len(photos)]]
        features.append(small[chosen])
        details.append(large[chosen])
    return torch.cat(features), torch.cat(details)


def learn(
    features: Tensor, details: Tensor, generator: torch.Generator, rounds: int = ROUNDS, atoms: int = ATOMS
) -> Dictionaries:
    """Return dictionaries for one scale.

    Raises
    ------
    InputError
        If there are fewer patches than atoms.
    """
    if len(features) < atoms:
        raise InputError(f"expected {atoms} patches with structure or more, got {len(features)}; add larger photos, or "
                         "ask for fewer --atoms")
    values, vectors = torch.linalg.eigh((features.T @ features).double())
    kept = (values.flip(0).cumsum(0) < COMPONENTS * values.sum()).sum() + 1
    projection = vectors.flip(1)[:, :kept].float()
    signals = features @ projection
    start = signals[torch.randperm(len(signals), generator=generator)[:atoms]]
    small = learn_dictionary(
        signals, torch.nn.functional.normalize(start, dim=1), energy=0.0, most=MOST_ATOMS, rounds=rounds,
        told=lambda _: None,
    )
    small = small.half().float()  # as the file holds them
    return Dictionaries(projection, small, fit_details(signals, details, small))


def fit_details(signals: Tensor, details: Tensor, small: Tensor) -> Tensor:
    """Return the atoms whose sums, by the codes of the signals, are nearest to the details: least squares."""
    code = code_all(signals, small, 0.0, MOST_ATOMS, lambda: None)
    gram = torch.zeros(len(small), len(small), dtype=torch.float64)
    moments = torch.zeros(len(small), details.shape[1], dtype=torch.float64)
    parts = (torch.split(tensor, 8192) for tensor in (code.indices, code.coefficients, details))
    for indices, coefficients, part in zip(*parts, strict=True):
        dense = torch.zeros(len(part), len(small)).scatter_add_(1, indices, coefficients)
        gram += (dense.T @ dense).double()
        moments += (dense.T @ part).double()
    gram.diagonal().add_(1e-6 * gram.diagonal().mean())
    solved: Tensor = torch.linalg.solve(gram, moments)
    return solved.float()


def export(learnt: dict[int, Dictionaries], photos: int, folder: Path, recipe: Mapping[str, Any]) -> dict[str, Any]:
    """Write ``superres_sparse.safetensors``, ``superres_sparse.json`` and ``MODEL_CARD.md``; return the card."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / f"{NAME}.safetensors"
    tensors = {
        f"x{scale}.{name}": getattr(one, name).half().contiguous()
        for scale, one in learnt.items()
        for name in ("projection", "small", "large")
    }
    write_whole(weights, save(tensors))
    card = describe(weights, photos, recipe)
    write_text(folder / f"{NAME}.json", json.dumps(card, indent=2) + "\n")
    write_text(folder / "MODEL_CARD.md", to_markdown(card))
    return card


def describe(weights: Path, photos: int, recipe: Mapping[str, Any]) -> dict[str, Any]:
    """Return the card that machines read."""
    return {
        "id": "superres.sparse",
        **file_facts(weights),
        "dataset": {
            "name": "BSDS500, its train and test photos",
            "photos": photos,
            "not_used": "val, to which BSD68, CBSD68 and B100 belong",
        },
        "command": f"verilens train {NAME}",
        "recipe": {"scales": list(SCALES), "patches": PATCHES, "seed": 0, **recipe},
        "torch": str(torch.__version__),
        "licence": {"weights": "MIT", "images": "not included; rights are as BSDS500's source states (none stated)"},
    }


def to_markdown(card: dict[str, Any]) -> str:
    """Return the card that people read."""
    recipe, dataset = card["recipe"], card["dataset"]
    return f"""# superres.sparse: dictionaries of small and large patches

For ×2, ×3 and ×4 each: {recipe["atoms"]} atoms of the features of small patches, and the {PATCH}×{PATCH} (times the
scale) pixels of detail that go with each. Learnt from {dataset["photos"]} photos ({dataset["name"]};
{dataset["not_used"]} was not used) that were made small by antialiased bicubic reduction. Photos that were made
small in another way, or that hold noise or JPEG blocks, are enlarged less well.

- Made by: `{card["command"]}` (seed {recipe["seed"]}, torch {card["torch"]})
- File: `{card["file"]}`, {card["bytes"]} bytes, SHA-256 `{card["sha256"]}`
- Licence: {card["licence"]["weights"]}; images {card["licence"]["images"]}
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what this recipe takes."""
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of K-SVD")
    parser.add_argument("--atoms", type=int, default=ATOMS, help="in a dictionary")


def make(options: argparse.Namespace) -> Mapping[str, Any]:
    """Learn scale by scale, each kept when it is done; write; return the components of each scale's features."""
    photos, learnt = sorted(photos_in(options.data)), {}
    asked = {"rounds": options.rounds, "atoms": options.atoms, "photos": [path.name for path in photos]}
    for scale in SCALES:
        dictionaries = partial(_learnt, photos, scale, options.rounds, options.atoms)
        learnt[scale] = Dictionaries(**kept_part(options.folder / f"x{scale}.pt", asked, dictionaries))
        print(f"×{scale}: {learnt[scale].small.shape[1]} components", flush=True)
    export(learnt, len(photos), options.output, {"atoms": options.atoms, "rounds": options.rounds})
    return {f"x{scale}": one.small.shape[1] for scale, one in learnt.items()}


def _learnt(photos: Sequence[Path], scale: int, rounds: int, atoms: int) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(0)
    return asdict(learn(*gather(photos, scale, generator), generator, rounds, atoms))
