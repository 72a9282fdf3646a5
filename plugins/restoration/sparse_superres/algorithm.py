"""Super-resolution: a small patch and the details of the large one have the same sparse code.

Inverts ``y = D·M ⊗ x`` with bicubic (antialiased) reduction: details are what a bicubic enlargement lacks. Works on
BT.601's luma; colours are enlarged bicubically. The last step makes the result agree with the photo: made small again,
it should be the photo (Yang 2010, eq. 9).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache, partial

import torch
from torch import Tensor

from desktop_app.api import InputError, Result, Run, bundled
from desktop_app.numerics.appearance import luminance
from desktop_app.numerics.parallel import in_parallel
from desktop_app.numerics.pursuit import omp
from desktop_app.numerics.resize import downsample_bicubic, upsample_bicubic
from desktop_app.numerics.strips import Strip, row_strips, rows_of
from plugins.restoration.sparse_superres.descriptor import SparseSuperresParams
from plugins.restoration.sparse_superres.features import BORDER, PATCH, enlarged, patch_features, put_together

CARD = "weights/superres_sparse/superres_sparse.json"
MOST_ATOMS = 3  # of a patch (Zeyde 2010, section 5)
_FAINT = (1.5 / 255.0) ** 2  # mean square of a patch's differences below which it lacks no details that one could see
_STRIP = 8192  # patches worked on together


@dataclass(frozen=True)
class Dictionaries:
    """What the recipe has learnt for one scale."""

    projection: Tensor
    """``(f, r)``: from a patch's features to their principal components."""
    small: Tensor
    """``(K, r)``: atoms of features, of unit length."""
    large: Tensor
    """``(K, (3·scale)²)``: the details that go with them."""


@cache
def _weights() -> dict[str, Tensor]:
    """Return the bundled dictionaries of all scales; read once, they never change."""
    from safetensors.torch import load

    card = json.loads(bundled(CARD).read_text(encoding="utf-8"))
    path = bundled(CARD).with_name(card["file"])
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != card["sha256"]:
        raise InputError(f"expected {path.name} as its card describes it, got another file; reinstall Verilens")
    return {name: tensor.float() for name, tensor in load(content).items()}


def dictionaries(scale: int, device: torch.device) -> Dictionaries:
    """Return the bundled dictionaries of a scale.

    Raises
    ------
    InputError
        If the file is not the one that its card describes.
    """
    names = ("projection", "small", "large")
    return Dictionaries(*(_weights()[f"x{scale}.{name}"].to(device) for name in names))


def run(images: Tensor, params: SparseSuperresParams, run: Run) -> Result:
    """Enlarge photos to ``(N, C, scale·H, scale·W)``.

    Photos are ``(N, C, H, W)`` float32, C 1 or 3, nominally in [0, 1]; values outside are kept.
    """
    learnt = dictionaries(params.scale, images.device)
    with torch.no_grad():
        larger = [
            _enlarge(image, params, learnt, share)
            for image, share in zip(images, _shares(run, len(images)), strict=True)
        ]
    return Result(image=torch.stack(larger))


@dataclass(frozen=True)
class _Share:
    """One photo's part of the progress."""

    run: Run
    begin: float
    end: float

    def progress(self, done: float) -> None:
        """Say how far this photo is (0–1)."""
        self.run.progress(self.begin + (self.end - self.begin) * done, "finding details")


def _shares(run: Run, count: int) -> list[_Share]:
    return [_Share(run, index / count, (index + 1) / count) for index in range(count)]


def _enlarge(image: Tensor, params: SparseSuperresParams, learnt: Dictionaries, share: _Share) -> Tensor:
    luma = luminance(image)
    details = find_details(luma[0], params.scale, learnt, share)[None]
    share.run.check()
    larger = upsample_bicubic(image, params.scale) + details
    wanted, now = luma, luminance(larger)
    for _ in range(params.back_projections):
        share.run.check()
        missing = upsample_bicubic(wanted - downsample_bicubic(now, params.scale), params.scale)
        now = now + missing
        larger += missing
    share.run.check()
    return larger


def find_details(plane: Tensor, scale: int, learnt: Dictionaries, share: _Share) -> Tensor:
    """Return what a bicubic enlargement of a plane ``(H, W)`` lacks, ``(scale·H, scale·W)``."""
    up = enlarged(plane, scale)
    strips = list(row_strips(plane.shape[0], rows_of(_STRIP, plane.shape[1], PATCH)))
    parts = list[Tensor]()
    share.progress(0.0)
    for part in in_parallel(partial(_strip_details, up, scale, learnt, share.run), strips, plane.device):
        parts.append(part)
        share.progress(len(parts) / len(strips))
    return torch.cat(parts)


def _strip_details(up: Tensor, scale: int, learnt: Dictionaries, run: Run, strip: Strip) -> Tensor:
    run.check()
    rows = up[scale * strip.rows.start : scale * (strip.rows.stop + 2 * BORDER)]
    height, width = len(strip.rows) + 2 * BORDER - 2, rows.shape[1] // scale - 2
    features = patch_features(rows, scale)
    codes = omp(features @ learnt.projection, learnt.small, _FAINT * features.shape[1], MOST_ATOMS)
    patches = torch.einsum("nk,nkd->nd", codes.coefficients, learnt.large[codes.indices])  # Yang 2010, eq. 8
    inner = slice((PATCH - 1) * scale, -(PATCH - 1) * scale)
    return put_together(patches, height, width, scale)[inner, inner]
