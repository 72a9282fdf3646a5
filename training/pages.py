"""Pages of text to learn from, drawn: words that nobody wrote, in several sizes, dark on bright or bright on dark."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from training.damages import Dice

__all__ = ["page"]

_LETTERS = "eeeeeeaaaatttooiinnsshrdlucmwfgypbvkxjqzETAOIN.,;0123456789"
_SIZES = (9.0, 30.0)  # pixels
_MOST_LETTERS = 12  # of a word


def page(height: int, width: int, generator: torch.Generator) -> Tensor:
    """Return a page ``(3, height, width)`` float32 in [0, 1]."""
    dice = Dice(generator)
    dark, bright = dice.between(0.0, 0.3), dice.between(0.7, 1.0)
    paper, ink = (bright, dark) if dice.between(0, 1) < 0.85 else (dark, bright)
    picture = Image.new("L", (width, height), round(255 * paper))
    drawn, top, size = ImageDraw.Draw(picture), dice.between(-10.0, 10.0), dice.between(*_SIZES)
    while top < height:
        size = dice.between(*_SIZES) if dice.between(0, 1) < 0.2 else size
        font, line = ImageFont.load_default(size), " ".join(_word(dice) for _ in range(int(2 * width / size / 3) + 1))
        drawn.text((dice.between(-5.0, 20.0), top), line, fill=round(255 * ink), font=font)
        top += size * dice.between(1.15, 1.6)
    plane = torch.from_numpy(np.asarray(picture, dtype=np.float32) / 255.0)
    return plane.expand(3, -1, -1).clone()


def _word(dice: Dice) -> str:
    count = 1 + int(dice.between(0, 1) ** 1.5 * _MOST_LETTERS)
    return "".join(_LETTERS[int(dice.between(0, len(_LETTERS)))] for _ in range(count))
