"""Damaged files of every format: a photo or a sentence, never a crash, a hang, or memory without end."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from desktop_app.core.imaging.files import open_photo, save_photo
from tests.support.damaged import MOST_MEMORY, PIXELS, through, whole

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("count", [63, pytest.param(630, marks=pytest.mark.every_damage)])
def test_damaged_files_open_or_are_refused_in_a_sentence(tmp_path: Path, count: int) -> None:
    command = [sys.executable, "-W", "ignore", "-m", "tests.support.damaged", str(tmp_path), str(count), "7"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]
    assert ended.returncode == 0, f"{lines[-1:]} ended with {ended.returncode}: {ended.stderr[-2000:]}"
    assert ended.stderr == ""  # what decoders of others print, too
    said = [line["said"] for line in lines if "said" in line]
    assert len(said) == count
    assert all("\n" not in sentence for sentence in said)
    assert 0 < said.count("") < count
    assert max(line["memory"] for line in lines if "memory" in line) < MOST_MEMORY


@pytest.mark.parametrize("name", sorted(whole()))
def test_the_files_before_they_are_damaged_open(tmp_path: Path, name: str) -> None:
    (tmp_path / "photo").write_bytes(whole()[name])
    photo = open_photo(tmp_path / "photo")
    assert photo.raster.pixels.shape[2] == 3
    assert sorted(photo.raster.pixels.shape[:2]) == [40, 56]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("block", [b"", b"nonsense", b"II*\0" + b"\xff" * 40, b"MM\0*\0\0\0\x08\xff\xff" + bytes(30)])
def test_damaged_words_are_no_reason_to_refuse_a_photo(tmp_path: Path, kind: str, block: bytes) -> None:
    words = {} if kind == "TIFF" else {"exif": b"Exif\0\0" + block}
    (tmp_path / "photo").write_bytes(through(kind, icc_profile=b"no profile" + block, **words))
    photo = open_photo(tmp_path / "photo")
    assert (photo.metadata.icc, photo.metadata.exif) == (None, None)
    assert "colour profile is none" in " ".join(photo.metadata.notes)
    if kind in ("PNG", "TIFF"):
        assert (photo.raster.pixels == PIXELS).all()
    for suffix in ("png", "jpg", "tif", "webp", "avif", "jxl"):
        saved = save_photo(tmp_path / f"a.{suffix}", photo.raster, photo.metadata)
        assert open_photo(saved.path).raster.pixels.shape == PIXELS.shape
    with Image.open(tmp_path / "a.png") as image:
        assert "icc_profile" not in image.info
