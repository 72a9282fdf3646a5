"""The shared test photos, where there are any: a test that misses one says so in one line, and is skipped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor


@dataclass(frozen=True)
class SharedPhotos:
    """The folder of test images: ``VERILENS_DATA``, else ``../shared/data`` beside the checkout."""

    folder: Path

    def __call__(self, place: str) -> Path:
        """Return a file or folder, by its place in the folder of test images."""
        path = self.folder / place
        return path if path.exists() else self._skip(place)

    def all(self, pattern: str) -> list[Path]:
        """Return the files that match a pattern, in order: at least one."""
        return sorted(self.folder.glob(pattern)) or [self._skip(pattern)]

    def _skip(self, place: str) -> Path:
        pytest.skip(f"no {place} among the test images: set VERILENS_DATA to the folder that holds them")


def grey_photo(path: Path) -> Tensor:
    """Return a photo's lightness as ``(1, 1, H, W)`` float32 in [0, 1]."""
    return torch.from_numpy(np.array(Image.open(path).convert("L"), np.float32) / 255.0)[None, None]


def colour_photo(path: Path) -> Tensor:
    """Return a photo as ``(1, 3, H, W)`` float32 in [0, 1]."""
    pixels = np.array(Image.open(path).convert("RGB"), np.float32) / 255.0
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].contiguous()
