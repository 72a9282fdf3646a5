"""The five held-out photos that a network helped least, to look at: a picture of each card.

``python -m training.worst [NAME…]`` writes ``docs/images/cards/NAME.jpg``, a row for each photo (as given, as the
network makes it, as it should be), and shows it in the card. Run it after new weights.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from training.aims import WEIGHTS
from training.chance import drawn_by
from training.lessons import LESSONS, lesson_of
from training.photos import load_bsds
from training.restoring_card import to_markdown, worst_of
from training.weights import built, read_half, write_text

__all__ = ["PICTURES", "shown", "strip"]

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "images" / "cards"
_SIDE, _GAP, _QUALITY = 176, 4, 85


def strip(name: str, card: Mapping[str, Any], photos: Sequence[Tensor], folder: Path = WEIGHTS) -> Image.Image:
    """Return a network's five least gains among held-out photos ``(3, H, W)`` uint8, a row each."""
    lesson, network = lesson_of(name), built(card["factory"]).eval()
    assert lesson.restore is not None  # its card has held-out photos
    read_half(network, folder / name / card["file"])
    rows = []
    for row in worst_of(card):
        place = row["photo"]
        pair = lesson.pairs(photos[place][None].float() / 255.0, drawn_by(place))
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=not lesson.is_exact):
            pictures = [lesson.baseline(pair), lesson.restore(network, pair), pair.wanted]
        rows.append([_middle(picture.float()) for picture in pictures])
    width, height = (count * (_SIDE + _GAP) - _GAP for count in (3, len(rows)))
    sheet = Image.new("RGB", (width, height), "white")
    for down, middles in enumerate(rows):
        for across, picture in enumerate(middles):
            sheet.paste(picture, (across * (_SIDE + _GAP), down * (_SIDE + _GAP)))
    return sheet


def _middle(picture: Tensor) -> Image.Image:
    """Return the middle of a picture ``(1, C, H, W)`` of any range."""
    top, left = (max(0, (side - _SIDE) // 2) for side in picture.shape[-2:])
    part = picture[0, :, top : top + _SIDE, left : left + _SIDE].expand(3, -1, -1)
    levels = (part.clamp(0.0, 1.0) * 255.0).round().to(torch.uint8)
    return Image.fromarray(np.ascontiguousarray(levels.permute(1, 2, 0).numpy()))


def shown(name: str, photos: Sequence[Tensor]) -> bool:
    """Write the picture of a bundled network and show it in its card; return whether the card has held-out photos."""
    file = WEIGHTS / name / f"{name}.json"
    card = json.loads(file.read_text(encoding="utf-8"))
    if not card.get("held_out"):
        return False
    PICTURES.mkdir(parents=True, exist_ok=True)
    strip(name, card, photos).save(PICTURES / f"{name}.jpg", quality=_QUALITY)
    card["worst"] = f"{name}.jpg"
    write_text(file, json.dumps(card, indent=2) + "\n")
    write_text(file.with_name("MODEL_CARD.md"), to_markdown(card))
    return True


def main(names: Sequence[str]) -> None:
    """Show the worst photos of the named networks, or of all that are bundled."""
    photos = load_bsds().looks
    for name in names or [name for name in LESSONS if (WEIGHTS / name / f"{name}.json").is_file()]:
        print(name, "shown" if shown(name, photos) else "has no held-out photos", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
