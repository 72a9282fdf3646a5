"""The photos that restorations learn from: BSDS500's train and test folders, a hundred of them never trained on.

BSD68, CBSD68 and B100 are part of its ``val`` folder, which is therefore left out altogether.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from desktop_app.api.errors import InputError
from desktop_app.core.imaging.decoding import is_damaged
from desktop_app.core.imaging.files import open_photo
from desktop_app.numerics.resize import downsample_bicubic
from training.cifar10_images import data_root

__all__ = [
    "BsdsPhotos", "crops", "halved", "load_bsds", "photos_below", "photos_in", "read_photo", "recoloured", "reduced",
]  # fmt: skip

_CALIBRATION = 4  # every fourth photo by name: a hundred, for intervals that need photos no network has seen
_PHOTOS = {".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp"}
_LOOKS = 10  # of the others, for the held-out curve


@dataclass(frozen=True)
class BsdsPhotos:
    """Photos ``(3, H, W)`` uint8, by what they may be used for."""

    training: list[Tensor]
    looks: list[Tensor]
    calibration: list[Path]


def load_bsds(folder: Path | None = None) -> BsdsPhotos:
    """Read the photos; the split depends on their names alone.

    Raises
    ------
    InputError
        If the folder holds fewer than three photos: one to learn from, one to look at, one to calibrate by.
    """
    paths = photos_in(folder)
    if len(paths) < _CALIBRATION - 1:
        raise InputError(f"expected three photos or more in {str(paths[0].parent)!r}, got {len(paths)}; add some")
    free = [path for number, path in enumerate(paths) if number % _CALIBRATION]
    count = min(_LOOKS, len(free) // 2)
    looks = free[:: len(free) // count][:count]
    seen = [path for path in free if path not in looks]
    return BsdsPhotos(
        [read_photo(path) for path in seen], [read_photo(path) for path in looks],
        [path for number, path in enumerate(paths) if number % _CALIBRATION == 0],
    )


def photos_in(folder: Path | None = None) -> list[Path]:
    """Return the photos of a folder's ``train`` and ``test``, or where there are none of the folder, by their names.

    Raises
    ------
    InputError
        If there are none.
    """
    folder = folder or data_root() / "train" / "bsds500"
    for places in ((folder / "train", folder / "test"), (folder,)):
        files = [path for place in places if place.is_dir() for path in place.iterdir()]
        if found := [path for path in files if path.suffix.lower() in _PHOTOS]:
            return sorted(found, key=lambda path: path.name)
    raise InputError(f"expected photos in {str(folder)!r}, found none; give a folder of them by --data, or set "
                     "VERILENS_DATA to the folder of training material")


def photos_below(folder: Path) -> list[Path]:
    """Return the photos in a folder and in those below it, by their names."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in _PHOTOS)


def read_photo(path: Path) -> Tensor:
    """Return a photo ``(3, H, W)`` uint8, a grey one with its plane three times.

    Raises
    ------
    InputError
        If it cannot be read whole: what is blank is not to be learnt.
    """
    photo = open_photo(path)
    if is_damaged(photo.metadata):
        raise InputError(f"expected a whole photo, got {path.name}, a part of which is lost; get it again")
    planes = torch.from_numpy(photo.raster.planes())
    return (planes * 255).round().clamp(0, 255).to(torch.uint8).expand(3, -1, -1).contiguous()


def halved(photos: list[Tensor]) -> list[Tensor]:
    """Return photos ``(3, H, W)`` uint8 at half their size: free of JPEG's blocks and of its blurred colours."""
    return [reduced(photo, 2) for photo in photos]


def reduced(photo: Tensor, factor: int) -> Tensor:
    """Return a photo ``(3, H, W)`` uint8 so many times smaller, antialiased."""
    return downsample_bicubic(photo[None].float(), factor)[0].round().clamp(0, 255).to(torch.uint8)


def recoloured(images: Tensor, generator: torch.Generator) -> Tensor:
    """Return photos ``(N, 3, H, W)`` float32 in [0, 1], each more or less colourful, its channels in any order.

    JPEG files have pale and smooth colours: a network that sees no others wipes rich ones away.
    """
    found = []
    for image in torch.split(images, 1):
        grey, factor = image.mean(1, keepdim=True), 2.5 * float(torch.rand((), generator=generator))
        order = torch.randperm(3, generator=generator)
        found.append((grey + factor * (image - grey)).clamp(0.0, 1.0)[:, order])
    return torch.cat(found)


def crops(photos: list[Tensor], count: int, side: int, generator: torch.Generator) -> Tensor:
    """Return random crops, turned and mirrored, ``(count, 3, side, side)`` float32 in [0, 1]."""

    def draw(below: int) -> int:
        return int(torch.randint(below, (1,), generator=generator))

    found = []
    for _ in range(count):
        photo = photos[draw(len(photos))]
        top, left = draw(photo.shape[1] - side + 1), draw(photo.shape[2] - side + 1)
        crop = photo[:, top : top + side, left : left + side]
        crop = torch.rot90(crop, draw(4), (1, 2))
        found.append(crop.flip(2) if draw(2) else crop)
    return torch.stack(found).float() / 255.0
