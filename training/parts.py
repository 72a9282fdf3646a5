"""Makes photos to learn from of large ones: smaller, so that their colours are sharp, and only where there is detail.

``python -m training.parts FOLDER OUTPUT`` reads every photo below a folder, makes it two or three times smaller, and
writes its parts with the most detail as PNG files, for ``verilens train … --more OUTPUT``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image
from torch import Tensor

from training.photos import photos_below, read_photo, reduced

__all__ = ["made_smaller", "main", "richest"]

_LARGE = 3000  # pixels of the longer side, from which on a photo becomes three times smaller
_SIDE, _MOST = 288, 12  # pixels of a part; parts of a photo
_LEAST = 2.5  # mean difference of neighbours in levels: less is sky, and out of focus


def made_smaller(photo: Tensor) -> Tensor:
    """Return a photo ``(3, H, W)`` uint8 at a half or a third of its size."""
    return reduced(photo, 3 if max(photo.shape[1:]) >= _LARGE else 2)


def richest(photo: Tensor) -> list[Tensor]:
    """Return the parts ``(3, 288, 288)`` of a photo ``(3, H, W)`` uint8 with detail, at most twelve, best first."""
    parts = [
        photo[:, top : top + _SIDE, left : left + _SIDE]
        for top in range(0, photo.shape[1] - _SIDE + 1, _SIDE) for left in range(0, photo.shape[2] - _SIDE + 1, _SIDE)
    ]  # fmt: skip
    ranked = sorted(((_detail(part), place) for place, part in enumerate(parts)), reverse=True)
    return [parts[place] for detail, place in ranked[:_MOST] if detail > _LEAST]


def main(folder: Path, output: Path) -> int:
    """Write the parts of every photo below a folder, and return how many there are."""
    output.mkdir(parents=True, exist_ok=True)
    count = 0
    for path in photos_below(folder):
        for number, part in enumerate(richest(made_smaller(read_photo(path)))):
            name = "_".join(path.relative_to(folder).with_suffix("").parts)
            Image.fromarray(part.permute(1, 2, 0).numpy()).save(output / f"{name}_{number}.png")
            count += 1
    return count


def _detail(part: Tensor) -> float:
    grey = part.float().mean(0)
    return float((grey.diff(dim=0).abs().mean() + grey.diff(dim=1).abs().mean()) / 2)


if __name__ == "__main__":
    print(main(*map(Path, sys.argv[1:3])), "parts")
