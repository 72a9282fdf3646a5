"""That a file's content credentials do not outlive what they vouch for is said, not passed over."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image, TiffImagePlugin

from desktop_app.core.imaging.credentials import has_credentials
from desktop_app.core.imaging.files import open_photo, save_photo

MANIFEST = b"JP\0\x01\0\0\0\x01\0\0\0\x3cjumb\0\0\0\x28jumd" + bytes(16) + b"\x03c2pa\0"


def plain(kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (24, 16), (90, 120, 30)).save(buffer, kind)
    return buffer.getvalue()


def vouched(kind: str) -> bytes:
    content = plain(kind)
    if kind == "WEBP":
        rest = content[12:] + b"C2PA" + struct.pack("<I", len(MANIFEST)) + MANIFEST + bytes(len(MANIFEST) % 2)
        return b"RIFF" + struct.pack("<I", len(rest) + 4) + b"WEBP" + rest
    if kind == "AVIF":
        box = b"uuid" + bytes.fromhex("d8fec3d61b0e483c92975828877ec481") + MANIFEST
        return content + struct.pack(">I", len(box) + 4) + box
    if kind == "TIFF":
        buffer = io.BytesIO()
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags[52545], tags.tagtype[52545] = MANIFEST, 7
        Image.new("RGB", (24, 16), (90, 120, 30)).save(buffer, kind, tiffinfo=tags)
        return buffer.getvalue()
    if kind == "JPEG":
        return content[:2] + b"\xff\xeb" + struct.pack(">H", len(MANIFEST) + 2) + MANIFEST + content[2:]
    chunk = b"caBX" + MANIFEST
    return content[:33] + struct.pack(">I", len(MANIFEST)) + chunk + struct.pack(">I", zlib.crc32(chunk)) + content[33:]


ENDINGS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "AVIF": "avif", "TIFF": "tif"}


@pytest.mark.parametrize("kind", ENDINGS)
def test_credentials_are_told_and_not_copied(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind.lower()}"
    path.write_bytes(vouched(kind))
    photo = open_photo(path)
    assert "content credentials (C2PA)" in " ".join(photo.metadata.notes)
    saved = save_photo(tmp_path / f"b.{ENDINGS[kind]}", photo.raster, photo.metadata)
    assert b"c2pa" not in saved.path.read_bytes()


@pytest.mark.parametrize("kind", ENDINGS)
def test_a_file_without_says_nothing(tmp_path: Path, kind: str) -> None:
    (tmp_path / "a").write_bytes(plain(kind))
    assert open_photo(tmp_path / "a").metadata.notes == ()


def test_deep_pictures_and_jpeg_xl_are_looked_into_as_well() -> None:
    bare = b"\0\0\0\x0cJXL \r\n\x87\n"
    box = b"jumb" + MANIFEST
    assert has_credentials(io.BytesIO(bare + struct.pack(">I", len(box) + 4) + box))
    assert not has_credentials(io.BytesIO(bare + b"\0\0\0\x08jxlc"))
    assert has_credentials(io.BytesIO(vouched("PNG")))


@pytest.mark.parametrize("kind", ENDINGS)
@pytest.mark.parametrize("length", [0, 3, 9, 13, 20, 40])
def test_a_file_that_is_cut_short_has_none_and_is_left_where_it_stood(kind: str, length: int) -> None:
    file = io.BytesIO(vouched(kind)[:length])
    file.seek(2)
    assert not has_credentials(file)
    assert file.tell() == 2
