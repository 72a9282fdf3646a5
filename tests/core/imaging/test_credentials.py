"""That a file's content credentials do not outlive what they vouch for is said, not passed over."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from desktop_app.core.imaging.files import open_photo, save_photo

MANIFEST = b"JP\0\x01\0\0\0\x01\0\0\0\x3cjumb\0\0\0\x28jumd" + bytes(16) + b"\x03c2pa\0"


def plain(kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (24, 16), (90, 120, 30)).save(buffer, kind)
    return buffer.getvalue()


def vouched(kind: str) -> bytes:
    content = plain(kind)
    if kind == "JPEG":
        return content[:2] + b"\xff\xeb" + struct.pack(">H", len(MANIFEST) + 2) + MANIFEST + content[2:]
    chunk = b"caBX" + MANIFEST
    return content[:33] + struct.pack(">I", len(MANIFEST)) + chunk + struct.pack(">I", zlib.crc32(chunk)) + content[33:]


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_credentials_are_told_and_not_copied(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind.lower()}"
    path.write_bytes(vouched(kind))
    photo = open_photo(path)
    assert "content credentials (C2PA)" in " ".join(photo.metadata.notes)
    saved = save_photo(tmp_path / f"b.{'jpg' if kind == 'JPEG' else 'png'}", photo.raster, photo.metadata)
    assert b"c2pa" not in saved.path.read_bytes()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_file_without_says_nothing(tmp_path: Path, kind: str) -> None:
    (tmp_path / "a").write_bytes(plain(kind))
    assert open_photo(tmp_path / "a").metadata.notes == ()
