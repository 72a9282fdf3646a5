"""Photos to learn from are cut from large ones: smaller, and only where there is something to see."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from training.parts import made_smaller, main, richest


@pytest.mark.parametrize(("size", "small"), [((602, 801), (301, 401)), ((604, 3001), (202, 1001))])
def test_larger_photos_are_made_smaller(size: tuple[int, int], small: tuple[int, int]) -> None:
    photo = torch.full((3, *size), 90, dtype=torch.uint8)
    found = made_smaller(photo)
    assert tuple(found.shape) == (3, *small)
    assert found.unique().tolist() == [90]


def test_what_has_no_detail_is_left_out_and_the_richest_comes_first() -> None:
    photo = torch.full((3, 600, 900), 90, dtype=torch.uint8)
    draw = torch.Generator().manual_seed(0)
    photo[:, :288, 288:576] = torch.randint(80, 100, (3, 288, 288), generator=draw, dtype=torch.uint8)
    photo[:, 288:576, 576:864] = torch.randint(0, 255, (3, 288, 288), generator=draw, dtype=torch.uint8)
    first, second = richest(photo)
    assert first.equal(photo[:, 288:576, 576:864])
    assert second.equal(photo[:, :288, 288:576])


def test_every_photo_below_a_folder_gives_its_parts(tmp_path: Path) -> None:
    (tmp_path / "photos" / "deep").mkdir(parents=True)
    pixels = np.random.default_rng(0).integers(0, 255, (600, 1200, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photos" / "deep" / "a.png")
    Image.fromarray(np.zeros_like(pixels)).save(tmp_path / "photos" / "b.png")
    (tmp_path / "photos" / "notes.txt").write_text("no photo")
    assert main(tmp_path / "photos", tmp_path / "out") == 2
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["deep_a_0.png", "deep_a_1.png"]
