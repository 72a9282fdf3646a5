"""What a photo's file says besides its pixels: in every format that is saved it stays, or a note says that it went."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms, PngImagePlugin

from desktop_app.core.imaging.files import open_photo, save_photo
from desktop_app.core.imaging.metadata import Metadata
from desktop_app.core.imaging.png_chunks import chunk, chunks

PIXELS = np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8)
PICTURE = Image.fromarray(PIXELS)
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF>Sea</rdf:RDF></x:xmpmeta>'
RECORD = b"\x1c\x02\x78\x00\x05Hello"
COMMENT = b"Low tide"


def exif() -> bytes:
    block = Image.Exif()
    block.update({274: 6, 315: "Ann", 33432: "(c) Ann"})
    block.get_ifd(0x8769).update({0xA002: 32, 0xA003: 24, 0x829A: 0.01})
    block.get_ifd(0x8825).update({1: "N", 2: (52.0, 30.0, 0.0)})
    data: bytes = block.tobytes()
    return data


def through_pillow(kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    PICTURE.save(buffer, kind, **options)
    return buffer.getvalue()


def jpeg() -> bytes:
    data = through_pillow("JPEG", exif=exif(), icc_profile=PROFILE, xmp=XMP, comment=COMMENT, dpi=(300, 300))
    press = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(RECORD)) + RECORD
    return data[:2] + struct.pack(">BBH", 0xFF, 0xED, len(press) + 2) + press + data[2:]


def png(bits: int) -> bytes:
    words = PngImagePlugin.PngInfo()
    words.add_text("Author", "Ann")
    words.add_itxt("XML:com.adobe.xmp", XMP.decode())
    data = through_pillow("PNG", exif=exif(), icc_profile=PROFILE, pnginfo=words, dpi=(300, 300))
    if bits == 8:
        return data
    deep = imagecodecs.png_encode(PIXELS.astype(np.uint16) * 257)
    further = [chunk(*each) for each in chunks(data) if each[0] not in (b"IHDR", b"IDAT", b"IEND")]
    return deep[:33] + b"".join(further) + deep[33:]


def tiff(dtype: str, order: str) -> bytes:
    buffer = io.BytesIO()
    tags = [(700, "B", len(XMP), XMP, True), (33723, "B", len(RECORD), RECORD, True), (274, "H", 1, 6, True),
            (315, "s", 0, b"Ann\0", True), (33432, "s", 0, b"(c) Ann\0", True)]
    tifffile.imwrite(buffer, PIXELS.astype(dtype), photometric="rgb", byteorder=order, iccprofile=PROFILE,
                     software=False, resolution=(300, 300), resolutionunit="inch", extratags=tags, metadata=None)
    return buffer.getvalue()


def jpeg_2000() -> bytes:
    profile = struct.pack(">I4sBBB", 11 + len(PROFILE), b"colr", 2, 0, 0) + PROFILE
    uuids = {"be7acfcb97a942e89c71999491e3afac": XMP, b"JpgTiffExif->JP2".hex(): exif()[6:],
             "33c7a4d2b81d4723a0baf1a3e097ad38": RECORD}
    boxes = [struct.pack(">I4s", 24 + len(data), b"uuid") + bytes.fromhex(name) + data for name, data in uuids.items()]
    return through_pillow("JPEG2000", comment=COMMENT) + profile + b"".join(boxes)


FILES = {
    "jpg": jpeg(), "8.png": png(8), "16.png": png(16), "jp2": jpeg_2000(),
    "webp": through_pillow("WEBP", exif=exif(), icc_profile=PROFILE, xmp=XMP),
    "avif": through_pillow("AVIF", exif=exif(), icc_profile=PROFILE, xmp=XMP), "gif": through_pillow(
        "GIF", comment=COMMENT), "bmp": through_pillow("BMP", dpi=(300, 300)),
    "pillow.tif": through_pillow("TIFF", exif=exif(), icc_profile=PROFILE, dpi=(300, 300)),
    **{f"{dtype}{order}.tif": tiff(dtype, order) for dtype in ("uint8", "uint16", "float32") for order in "<>"},
}
CARRIED = {  # what each format can carry
    "jpg": "exif profile xmp iptc comment resolution", "8.png": "exif profile xmp text resolution",
    "16.png": "exif profile xmp text resolution", "jp2": "exif profile xmp iptc comment", "webp": "exif profile xmp",
    "avif": "exif profile xmp", "gif": "comment", "bmp": "resolution", "pillow.tif": "exif profile resolution",
    **{name: "artist profile xmp iptc resolution" for name in FILES if name[0] in "uf"},
}
SAID = {"iptc": "IPTC", "comment": "comment", "text": "text", "resolution": "resolution"}


def said(metadata: Metadata) -> dict[str, Any]:
    """Return what a file says, by name."""
    block = Image.Exif()
    if metadata.exif:
        block.load(b"Exif\0\0" + metadata.exif)
    camera, place = block.get_ifd(0x8769), block.get_ifd(0x8825)
    words = metadata.text or b""
    found = {
        "artist": (block.get(315), block.get(33432)) if 315 in block else None,
        "exif": (float(camera[0x829A]), place[1], block.get(274, 1)) if camera else None,
        "profile": metadata.icc == PROFILE or None, "xmp": metadata.xmp, "iptc": metadata.iptc,
        "comment": COMMENT if COMMENT in (metadata.comment or b"") or COMMENT in words else None,
        "text": b"Author" in words or None, "resolution": metadata.dpi and tuple(map(round, metadata.dpi)),
    }
    return {name: value for name, value in found.items() if value is not None}


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
@pytest.mark.parametrize("name", FILES)
def test_what_a_file_says_stays_or_is_said_to_go(tmp_path: Path, name: str, suffix: str) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name])
    photo = open_photo(path)
    before = said(photo.metadata)
    assert set(CARRIED[name].split()) <= set(before)
    is_turned = "exif" in before or name[0] in "uf"
    assert (photo.raster.height, photo.raster.width) == ((32, 24) if is_turned else (24, 32))
    saved = save_photo(tmp_path / f"out.{suffix}", photo.raster, photo.metadata)
    after = open_photo(saved.path)
    notes = " ".join(saved.notes)
    kept = said(after.metadata)
    lost = {what for what, value in before.items() if kept.get(what) != value}
    assert lost <= set(SAID)
    assert all(SAID[what] in notes for what in lost)
    assert (after.raster.depth == photo.raster.depth) or "bits" in notes
    if "exif" in kept:
        block = Image.Exif()
        block.load(b"Exif\0\0" + (after.metadata.exif or b""))
        camera = block.get_ifd(0x8769)
        assert (camera[0xA002], camera[0xA003]) == (photo.raster.width, photo.raster.height)


@pytest.mark.parametrize(("curve", "is_said"), [(16, True), (13, False)])
def test_an_avifs_colours_of_another_kind(tmp_path: Path, curve: int, is_said: bool) -> None:
    data = bytearray(through_pillow("AVIF"))
    place = data.index(b"colrnclx")
    data[place + 8 : place + 12] = struct.pack(">HH", 9 if is_said else 1, curve)
    (tmp_path / "a.avif").write_bytes(data)
    photo = open_photo(tmp_path / "a.avif")
    assert (photo.metadata.colour == chunk(b"cICP", bytes([9, curve, 0, 1]))) is is_said
    notes = save_photo(tmp_path / "b.jpg", photo.raster, photo.metadata).notes
    assert ("cICP" in " ".join(notes)) is is_said


def test_the_place_of_a_map_and_a_tiffs_colours_stay(tmp_path: Path) -> None:
    tags: dict[int, tuple[str, Any]] = {
        33550: ("d", (10.0, 10.0, 0.0)), 33922: ("d", (0.0, 0.0, 0.0, 5e5, 4e6, 0.0)),
        34735: ("H", (1, 1, 0, 1, 1024, 0, 1, 1)), 318: ("2I", (3127, 10000, 329, 1000)),
        301: ("H", tuple(range(768))),
    }
    further = [(tag, kind, len(value) // (1 + (kind == "2I")), value, True) for tag, (kind, value) in tags.items()]
    words = [(34737, "s", 0, b"WGS 84|\0", True), (42113, "s", 0, b"-9999\0", True)]
    heights = np.add.outer(np.arange(24.0), np.arange(32.0)).astype(np.int16)
    tifffile.imwrite(tmp_path / "a.tif", heights, extratags=further + words)
    photo = open_photo(tmp_path / "a.tif")
    save_photo(tmp_path / "b.tif", photo.raster, photo.metadata)
    with tifffile.TiffFile(tmp_path / "b.tif") as document:
        found = {tag.code: tag.value for tag in document.pages[0].tags}
    for tag, (_, value) in tags.items():
        assert np.ravel(found[tag]).tolist() == list(value)
    assert (found[34737], found[42113]) == ("WGS 84|", "-9999")


def test_colours_for_print_are_said_to_go(tmp_path: Path) -> None:
    PICTURE.convert("CMYK").save(tmp_path / "a.jpg")
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((4, 5, 4), np.uint16), photometric="separated")
    for name in ("a.jpg", "a.tif"):
        assert "for print" in " ".join(open_photo(tmp_path / name).metadata.notes)


@pytest.mark.parametrize("options", [
    {"photometric": "minisblack"}, {"imagej": True, "metadata": {"axes": "ZYX", "unit": "um"}},
    {"ome": True, "metadata": {"axes": "ZYX"}},
])
def test_a_result_of_a_stack_claims_no_other_planes(tmp_path: Path, options: dict[str, Any]) -> None:
    stack = np.random.default_rng(1).integers(0, 1 << 16, (3, 24, 32)).astype(np.uint16)
    tifffile.imwrite(tmp_path / "stack.tif", stack, **options)
    photo = open_photo(tmp_path / "stack.tif")
    saved = save_photo(tmp_path / "result.tif", photo.raster, photo.metadata)

    np.testing.assert_array_equal(tifffile.imread(tmp_path / "result.tif"), stack[0])
    with tifffile.TiffFile(tmp_path / "result.tif") as result:
        page: Any = result.pages[0]
        assert len(result.pages) == 1
        assert ("unit=um" in page.description) == ("imagej" in options)
        assert not any(word in page.description for word in ("shape", "slices", "images", "OME"))
    assert any("OME-XML" in note for note in saved.notes) == ("ome" in options)


def test_words_beside_a_shape_and_a_persons_description_stay(tmp_path: Path) -> None:
    for words, kept in (('{"shape": [24, 32], "sea": 3}', '{"sea": 3}'), ("shape of the sea", "shape of the sea"),
                        ('{"shape": [24, 32', "")):
        tifffile.imwrite(tmp_path / "a.tif", PIXELS[..., 0], description=words, metadata=None)
        photo = open_photo(tmp_path / "a.tif")
        save_photo(tmp_path / "b.tif", photo.raster, photo.metadata, overwrite="always")
        with tifffile.TiffFile(tmp_path / "b.tif") as result:
            page: Any = result.pages[0]
            assert page.description == kept
