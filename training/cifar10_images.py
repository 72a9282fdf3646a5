"""The CIFAR-10 photos as JPEG bytes: reading, splitting, and the small random changes of training."""

from __future__ import annotations

import io
import os
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from desktop_app.api.errors import InputError

SIDE = 32
ARCHIVE = Path("train") / "cifar10_jpegbytes.npz"
EXACT = Path("val") / "cifar10_test_exact.npz"


class Photos(NamedTuple):
    """Photos ``(N, H, W, 3)`` uint8, sRGB, and their classes ``(N,)`` int64."""

    pixels: Tensor
    labels: Tensor


def data_root() -> Path:
    """Return the folder of training material: ``$VERILENS_DATA``, else ``shared/data`` beside the checkout."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(os.environ.get("VERILENS_DATA", beside))


def load_split(archive: Path, split: str) -> Photos:
    """Decode the ``"train"`` or ``"test"`` photos of the archive of JPEG bytes.

    Parameters
    ----------
    archive : Path
        An ``.npz`` with ``{split}_jpeg`` uint8, ``{split}_off`` int64 ``[N + 1]`` and ``{split}_y``: photo i
        is the bytes ``[off[i]:off[i + 1]]``.
    split : str
        ``"train"`` or ``"test"``.
    """
    if not archive.is_file():
        raise InputError(f"expected the CIFAR-10 archive, got no file at {str(archive)!r}; pass --data FILE or set "
                         "VERILENS_DATA")
    with np.load(archive) as arrays:
        jpeg, offsets = arrays[f"{split}_jpeg"], arrays[f"{split}_off"]
        labels = torch.from_numpy(arrays[f"{split}_y"].astype(np.int64))
    return Photos(torch.from_numpy(np.stack([_decode(jpeg[a:b]) for a, b in pairwise(offsets)])), labels)


def load_exact(file: Path) -> Photos:
    """Read exact (never JPEG-compressed) test photos: ``x`` uint8 ``(N, H, W, 3)`` and ``y``."""
    with np.load(file) as arrays:
        return Photos(torch.from_numpy(arrays["x"]), torch.from_numpy(arrays["y"].astype(np.int64)))


def hold_out(photos: Photos, per_class: int, seed: int) -> tuple[Photos, Photos]:
    """Split off ``per_class`` random photos of each class; return (the rest, the held out)."""
    order = torch.randperm(len(photos.labels), generator=torch.Generator().manual_seed(seed))
    shuffled = photos.labels[order]
    held = torch.cat([order[shuffled == c][:per_class] for c in range(int(shuffled.max()) + 1)])
    rest = torch.ones(len(order), dtype=torch.bool)
    rest[held] = False
    return take(photos, rest), take(photos, held)


def take(photos: Photos, which: Tensor) -> Photos:
    """Return the photos at the given indices or where the mask is true."""
    return Photos(photos.pixels[which], photos.labels[which])


def evenly(photos: Photos, count: int) -> Photos:
    """Return so many photos at equal distances, or all; the archive has them class by class: its first are of one."""
    every = len(photos.labels)
    return take(photos, torch.arange(0, every, max(every // count, 1))[:count])


def resampled(photos: Photos, seed: int) -> Photos:
    """Draw as many photos with replacement (bagging: Breiman 1996, doi:10.1007/BF00058655)."""
    count = len(photos.labels)
    return take(photos, torch.randint(count, (count,), generator=torch.Generator().manual_seed(seed)))


def as_float(pixels: Tensor) -> Tensor:
    """Turn ``(N, H, W, 3)`` uint8 into ``(N, 3, H, W)`` float32 in [0, 1], channels last in memory."""
    return pixels.permute(0, 3, 1, 2).float() / 255


def pad_reflected(pixels: Tensor, border: int) -> Tensor:
    """Mirror ``border`` pixels at each side of photos ``(N, H, W, 3)``."""
    inside = torch.arange(-border, pixels.shape[1] + border).abs()
    last = pixels.shape[1] - 1
    index = last - (last - inside).abs()
    return pixels[:, index][:, :, index].contiguous()


def augment(padded: Tensor, which: Tensor, flipped: Tensor, cutout: int, generator: torch.Generator) -> Tensor:
    """Cut a randomly shifted, perhaps mirrored window from each photo, and hide a random square in it.

    Parameters
    ----------
    padded : Tensor
        All photos with their border, ``(N, S, S, 3)`` uint8 (`pad_reflected`).
    which : Tensor
        ``(B,)`` the photos of this batch.
    flipped : Tensor
        ``(B,)`` bool, the photos to mirror left to right.
    cutout : int
        Side in pixels of the hidden square (DeVries and Taylor 2017, arXiv:1708.04552); 0 hides nothing.
        Larger makes training harder and the classifier rely on more of the object.

    Returns
    -------
    Tensor
        ``(B, 3, 32, 32)`` float32 in [0, 1].
    """
    shifts = torch.randint(padded.shape[1] - SIDE + 1, (2, len(which), 1), generator=generator)
    steps = torch.arange(SIDE)
    columns = torch.where(flipped[:, None], SIDE - 1 - steps, steps) + shifts[1]
    rows = steps + shifts[0]
    batch = padded[which[:, None, None], rows[:, :, None], columns[:, None, :]]
    return as_float(_hide_square(batch, cutout, generator))


def alternating_flips(count: int, epoch: int, seed: int) -> Tensor:
    """Say which photos to mirror: a random half at first, then the other half every other epoch.

    Each pair of epochs so shows every photo both ways (arXiv:2404.00498, section 3.6).
    """
    start = torch.randint(2, (count,), generator=torch.Generator().manual_seed(seed))
    return (start + epoch) % 2 == 1


def _hide_square(batch: Tensor, side: int, generator: torch.Generator) -> Tensor:
    corner = torch.randint(SIDE - side + 1, (2, len(batch), 1), generator=generator)
    inside = (torch.arange(SIDE) >= corner) & (torch.arange(SIDE) < corner + side)
    hidden = inside[0][:, :, None] & inside[1][:, None, :]
    grey = torch.tensor(124, dtype=torch.uint8)
    return torch.where(hidden[..., None], grey, batch)


def _decode(jpeg: np.ndarray[Any, np.dtype[np.uint8]]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    with Image.open(io.BytesIO(jpeg.tobytes())) as image:
        return np.asarray(image.convert("RGB"))
