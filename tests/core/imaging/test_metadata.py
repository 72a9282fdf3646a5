"""The orientation is reset where it stands, and nothing else of a photo's metadata moves."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.core.imaging.metadata import Metadata


def block(order: str, orientation: int, thumbnail: bytes = b"") -> bytes:
    """Return an EXIF block with a maker's tag, an orientation and perhaps a thumbnail."""
    mark = b"II*\x00" if order == "<" else b"MM\x00*"
    link = 8 + 2 + 2 * 12
    second = link + 4
    first = struct.pack(order + "H", 2)
    first += struct.pack(order + "HHI4s", 0x010F, 2, 4, b"abc\x00")
    first += struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    first += struct.pack(order + "I", second if thumbnail else 0)
    content = mark + struct.pack(order + "I", 8) + first
    if thumbnail:
        place = second + 2 + 2 * 12 + 4
        content += struct.pack(order + "H", 2)
        content += struct.pack(order + "HHII", 0x0201, 4, 1, place)
        content += struct.pack(order + "HHII", 0x0202, 4, 1, len(thumbnail))
        content += bytes(4) + thumbnail
    return content


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_only_the_orientation_changes(order: str, orientation: int) -> None:
    metadata = Metadata(exif=block(order, orientation))
    assert metadata.orientation == orientation
    assert metadata.upright().exif == block(order, 1)


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_thumbnail_of_the_old_picture_is_gone(order: str) -> None:
    exif = Metadata(exif=block(order, 6, b"thumbnail of a face")).upright().exif
    assert exif is not None
    assert b"face" not in exif
    assert exif[:38] == block(order, 1)


def test_exif_is_asked_before_xmp() -> None:
    packet = b'<r tiff:Orientation="3"/>'
    assert Metadata(exif=block("<", 6), xmp=packet).orientation == 6
    assert Metadata(xmp=packet).orientation == 3
    assert Metadata(xmp=b"<tiff:Orientation>8</tiff:Orientation>").upright().xmp == (
        b"<tiff:Orientation>1</tiff:Orientation>"
    )


def test_an_orientation_that_does_not_exist_means_upright() -> None:
    assert Metadata(exif=block("<", 77)).orientation == 1
    assert Metadata().orientation == 1


@given(start=st.sampled_from([b"II*\x00", b"MM\x00*", b"what"]), rest=st.binary(max_size=80))
def test_a_damaged_block_never_stops_a_photo(start: bytes, rest: bytes) -> None:
    metadata = Metadata(exif=start + rest)
    assert 1 <= metadata.orientation <= 8
    exif = metadata.upright().exif
    assert exif is not None
    assert len(exif) == len(start + rest)
