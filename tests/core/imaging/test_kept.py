"""What a file says stays, or is said to go: words, colours, depth, size."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from desktop_app.core.document.facts import metadata_from_json, metadata_to_json
from desktop_app.core.imaging.export import Export
from desktop_app.core.imaging.files import Saved, open_photo, save_photo
from desktop_app.core.imaging.metadata import Metadata
from desktop_app.core.imaging.png_chunks import SIGNATURE, chunk
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.imaging.rgb_space import space_of

PIXELS = np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8)
RECORD = b"\x1c\x02\x78\x00\x05Hello"


def png(path: Path, *chunks: tuple[bytes, bytes], bits: int = 8) -> Path:
    """Write a PNG with further chunks."""
    values = PIXELS if bits == 8 else (PIXELS.astype(np.uint16) * 257).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in values)
    header = (b"IHDR", struct.pack(">IIBBBBB", 32, 24, bits, 2, 0, 0, 0))
    parts = (header, *chunks, (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    path.write_bytes(SIGNATURE + b"".join(chunk(*each) for each in parts))
    return path


def jpeg(path: Path, *segments: tuple[int, bytes], **options: bytes) -> Path:
    """Write a JPEG with further segments."""
    Image.fromarray(PIXELS).save(path, "JPEG", **options)
    data = path.read_bytes()
    parts = b"".join(struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content for marker, content in segments)
    path.write_bytes(data[:2] + parts + data[2:])
    return path


def copied(source: Path, suffix: str) -> tuple[Saved, bytes]:
    """Open a photo and save it in a format, as a document does; return what was said and the bytes."""
    photo = open_photo(source)
    metadata = metadata_from_json(metadata_to_json(photo.metadata))
    saved = save_photo(source.with_name(f"copy.{suffix}"), photo.raster, metadata)
    return saved, saved.path.read_bytes()


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("colour", [(b"gAMA", struct.pack(">I", 100_000)), (b"cICP", bytes([9, 16, 0, 1]))])
def test_what_a_png_says_of_its_colours(tmp_path: Path, bits: int, colour: tuple[bytes, bytes]) -> None:
    source = png(tmp_path / "a.png", colour, bits=bits)
    saved, data = copied(source, "png")
    assert chunk(*colour) in data
    assert data.index(colour[0]) < data.index(b"IDAT")
    assert saved.notes == ()
    notes = copied(source, "jpg")[0].notes
    assert (colour[0].decode() in " ".join(notes)) is (colour[0] == b"cICP")  # of the other, a profile says the same


P3_PRIMARIES = struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
P3 = ((0.68, 0.32, 0.265, 0.69, 0.15, 0.06), None)
TOLD = {
    "cICP": (((b"cICP", bytes([12, 13, 0, 1])),), P3),
    "cICP first": (((b"sRGB", b"\0"), (b"gAMA", struct.pack(">I", 100_000)), (b"cICP", bytes([12, 13, 0, 1]))), P3),
    "cICP 2.2": (((b"cICP", bytes([9, 4, 0, 1])),), ((0.708, 0.292, 0.170, 0.797, 0.131, 0.046), 2.2)),
    "cHRM": (((b"cHRM", P3_PRIMARIES),), P3),
    "cHRM 2.2": (((b"gAMA", struct.pack(">I", 45455)), (b"cHRM", P3_PRIMARIES)), (P3[0], 2.2)),
    "gAMA": (((b"gAMA", struct.pack(">I", 100_000)),), ((0.64, 0.33, 0.30, 0.60, 0.15, 0.06), 1.0)),
}


@pytest.mark.parametrize(("said", "wanted"), TOLD.values(), ids=TOLD)
def test_what_numbers_say_of_colours_is_a_profile_from_there_on(tmp_path: Path, said: Any, wanted: Any) -> None:
    """The canvas, tools and other formats know profiles."""
    source = png(tmp_path / "a.png", *said)
    icc = open_photo(source).metadata.icc
    assert icc is not None
    space = space_of(icc)
    assert space is not None
    np.testing.assert_allclose(space.chromaticities[:6], wanted[0], atol=2e-3)
    assert space.gamma == pytest.approx(wanted[1], abs=5e-3)
    saved, _ = copied(source, "jpg")
    assert (saved.notes, open_photo(saved.path).metadata.icc) == ((), icc)
    plain = save_photo(tmp_path / "plain.png", *as_opened(source), export=Export(srgb=True))
    assert (open_photo(plain.path).metadata.icc, open_photo(plain.path).metadata.colour) == (None, None)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("name", ["cHRM", "gAMA", "sRGB", "pHYs", "tRNS", "iCCP", "acTL", "eXIf", "cICP", "iTXt"])
@pytest.mark.parametrize("content", [b"", b"four", b"x" * 7], ids=["empty", "4", "7"])
def test_what_is_broken_beside_a_pngs_pixels_costs_no_pixel(
    tmp_path: Path, name: str, content: bytes, bits: int
) -> None:
    source = png(tmp_path / "a.png", (name.encode(), content), bits=bits)
    photo = open_photo(source)
    np.testing.assert_array_equal(photo.raster.pixels, PIXELS if bits == 8 else PIXELS.astype(np.uint16) * 257)
    told = [note for note in photo.metadata.notes if f"({name})" in note]
    if content == b"" and name in {"cHRM", "gAMA", "sRGB", "pHYs", "iCCP"}:
        assert told == [f"What the file says beside its pixels is damaged in part ({name}): it is left out."]
    assert copied(source, "png")[0].path.is_file()


def as_opened(path: Path) -> tuple[Raster, Metadata]:
    photo = open_photo(path)
    return photo.raster, photo.metadata


@pytest.mark.parametrize("said", [
    ((b"cICP", bytes([9, 16, 0, 1])),), ((b"cICP", bytes([1, 13, 0, 1])),), ((b"cICP", b"\1"),),
    ((b"gAMA", struct.pack(">I", 45455)),), ((b"gAMA", bytes(4)),), ((b"gAMA", struct.pack(">I", 1)),),
    ((b"cHRM", bytes(32)),), ((b"cHRM", struct.pack(">8I", *[50_000] * 8)),),
    ((b"sRGB", b"\0"), (b"cHRM", P3_PRIMARIES)),
])  # fmt: skip
def test_srgb_more_light_than_white_and_nonsense_make_no_profile(tmp_path: Path, said: Any) -> None:
    assert open_photo(png(tmp_path / "a.png", *said)).metadata.icc is None


def test_srgbs_own_gamma_is_nothing_to_speak_of(tmp_path: Path) -> None:
    source = png(tmp_path / "a.png", (b"gAMA", struct.pack(">I", 45455)), (b"sRGB", b"\0"))
    assert copied(source, "jpg")[0].notes == ()


@pytest.mark.parametrize("bits", [8, 16])
def test_text_of_a_png(tmp_path: Path, bits: int) -> None:
    title = (b"zTXt", b"Title\0\0" + zlib.compress(b"Sea"))
    source = png(tmp_path / "a.png", (b"tEXt", b"Author\0Ann"), title, bits=bits)
    saved, data = copied(source, "png")
    assert chunk(b"tEXt", b"Author\0Ann") in data
    with Image.open(saved.path) as image:
        assert image.text == {"Author": "Ann", "Title": "Sea"}
    assert "PNG's text" in copied(source, "tif")[0].notes[-1]


def test_captions_of_the_press(tmp_path: Path) -> None:
    content = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(RECORD)) + RECORD
    source = jpeg(tmp_path / "a.jpg", (0xED, content))
    for suffix in ("jpg", "tif"):
        saved, _ = copied(source, suffix)
        assert saved.notes == ()
        assert open_photo(saved.path).metadata.iptc == RECORD
    assert "IPTC" in copied(source, "png")[0].notes[-1]
    too_long = save_photo(tmp_path / "b.jpg", Raster(PIXELS), Metadata(iptc=bytes(70_000)))
    assert "larger than JPEG" in too_long.notes[-1]
    words = struct.unpack("<2I", RECORD[:8])
    tifffile.imwrite(tmp_path / "w.tif", PIXELS, photometric="rgb", extratags=[(33723, "I", 2, words, True)])
    assert open_photo(tmp_path / "w.tif").metadata.iptc == RECORD[:8]


def test_comments(tmp_path: Path) -> None:
    source = jpeg(tmp_path / "a.jpg", comment=b"Low tide")
    assert open_photo(copied(source, "jpg")[0].path).metadata.comment == b"Low tide"
    with Image.open(copied(source, "png")[0].path) as image:
        assert image.text["Comment"] == "Low tide"
    assert "comment" in copied(source, "webp")[0].notes[-1]


def test_extended_xmp(tmp_path: Path) -> None:
    digest, content = b"0123456789ABCDEF" * 2, np.random.default_rng(1).bytes(100_000)
    head = b"http://ns.adobe.com/xmp/extension/\0" + digest
    parts = [(0xE1, head + struct.pack(">II", len(content), place) + content[place : place + 60_000])
             for place in (60_000, 0)]
    source = jpeg(tmp_path / "a.jpg", *parts)
    saved, _ = copied(source, "jpg")
    assert open_photo(saved.path).metadata.more_xmp == digest + content
    assert "Extended XMP" in copied(source, "png")[0].notes[-1]


def test_exif_states_the_size_of_what_is_saved(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769).update({0xA002: 32, 0xA003: 24})
    exif[0x112] = 6
    source = tmp_path / "a.jpg"
    Image.fromarray(PIXELS).save(source, exif=exif)
    for suffix in ("jpg", "png", "webp", "tif"):
        with Image.open(copied(source, suffix)[0].path) as image:
            camera = image.getexif().get_ifd(0x8769)
            assert (camera[0xA002], camera[0xA003]) == image.size == (24, 32)


def test_a_profile_that_is_none_is_said_and_not_written_on(tmp_path: Path) -> None:
    source = tmp_path / "a.png"
    Image.fromarray(PIXELS).save(source, icc_profile=b"no profile at all" * 20)
    photo = open_photo(source)
    assert "profile is none" in photo.metadata.notes[0]
    assert b"iCCP" not in copied(source, "png")[1]


DEEP = np.repeat(np.linspace(0, 65535, 512).astype(np.uint16)[None, :, None], 8, axis=0).repeat(3, axis=2)


@pytest.mark.parametrize("highest", [65535, 4095, 1000])
def test_a_deep_ppm(tmp_path: Path, highest: int) -> None:
    values = (DEEP.astype(np.uint64) * highest // 65535).astype(">u2")
    path = tmp_path / "a.ppm"
    path.write_bytes(b"P6 # a note\n512 8\n%d\n" % highest + values.tobytes())
    found = open_photo(path).raster
    assert found.depth == "16"
    np.testing.assert_allclose(found.planes().transpose(1, 2, 0), values / highest, atol=1e-5)


def test_deep_jpeg_2000_and_avif(tmp_path: Path) -> None:
    (tmp_path / "a.jp2").write_bytes(imagecodecs.jpeg2k_encode(DEEP, level=0, codecformat="jp2"))
    np.testing.assert_array_equal(open_photo(tmp_path / "a.jp2").raster.pixels, DEEP)
    (tmp_path / "a.avif").write_bytes(imagecodecs.avif_encode(DEEP >> 6, level=100, bitspersample=10))
    photo = open_photo(tmp_path / "a.avif")
    assert photo.metadata.depth == "16"
    np.testing.assert_allclose(photo.raster.planes().transpose(1, 2, 0), (DEEP >> 6) / 1023, atol=2e-3)


@pytest.mark.parametrize("has_profile", [False, True])
def test_deep_print_colours(tmp_path: Path, has_profile: bool) -> None:
    inks = np.dstack([DEEP, DEEP[..., 0] // 2])
    tifffile.imwrite(tmp_path / "a.tif", inks, photometric="separated", iccprofile=b"x" * 200 if has_profile else None)
    photo = open_photo(tmp_path / "a.tif")
    assert (photo.raster.depth, photo.metadata.icc) == ("16", None)
    paper = 1 - inks / 65535
    np.testing.assert_allclose(photo.raster.planes().transpose(1, 2, 0), paper[..., :3] * paper[..., 3:], atol=2e-5)


def test_transparency_of_a_kind_that_a_tiff_leaves_open(tmp_path: Path) -> None:
    values = np.dstack([PIXELS, PIXELS[..., 0]])
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="rgb", extrasamples=["unspecified"])
    np.testing.assert_array_equal(open_photo(tmp_path / "a.tif").raster.alpha, PIXELS[..., 0])


@pytest.mark.parametrize("suffix", ["gif", "webp", "png", "tif"])
def test_further_frames_and_pages_are_said(tmp_path: Path, suffix: str) -> None:
    frames = [Image.fromarray(np.roll(PIXELS, shift, axis=1)) for shift in range(3)]
    frames[0].save(tmp_path / f"a.{suffix}", save_all=True, append_images=frames[1:])
    note = open_photo(tmp_path / f"a.{suffix}").metadata.notes[0]
    assert note.startswith("The file has 3 ")
