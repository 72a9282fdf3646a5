"""Every format that is read, in the depths and byte orders that its standard allows: the values are the file's."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from desktop_app.core.imaging.files import open_photo, save_photo
from desktop_app.core.imaging.png_chunks import SIGNATURE, chunk
from desktop_app.core.imaging.raster import convert_depth

HEIGHT, WIDTH = 24, 40
GREY = np.linspace(0, 1, HEIGHT * WIDTH).reshape(HEIGHT, WIDTH)
COLOUR = np.dstack([GREY, GREY[::-1], GREY[:, ::-1]])
CLEAR = np.roll(GREY, 7, axis=1)
Array = NDArray[Any]
Case = tuple[bytes, Array, Array | None, float]  # the file; its values and alpha in [0, 1]; how far these may be off


def whole(values: Array, highest: int) -> Array:
    return np.rint(values * highest).astype(np.uint8 if highest < 256 else np.uint16)


def png(values: Array, bits: int, kind: int, *extra: tuple[bytes, bytes]) -> bytes:
    rows = []
    for row in values.reshape(len(values), -1):
        spread = np.unpackbits(row.astype(">u2").view(np.uint8).reshape(-1, 2), axis=1)[:, 16 - bits :]
        rows.append(b"\0" + np.packbits(spread).tobytes())
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, bits, kind, 0, 0, 0)
    parts = [(b"IHDR", header), *extra, (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b"")]
    return SIGNATURE + b"".join(chunk(*part) for part in parts)


def pngs() -> Iterator[tuple[str, Case]]:
    for bits in (1, 2, 4, 8, 16):
        full = 2**bits - 1
        values = whole(GREY, full)
        yield f"grey {bits}", (png(values, bits, 0), values / full, None, 0)
        clear = png(values, bits, 0, (b"tRNS", struct.pack(">H", full)))
        yield f"grey {bits} with one clear", (clear, values / full, (values != full) * 1.0, 0)
        if bits < 16:
            colours = np.random.default_rng(bits).integers(0, 256, (2**bits, 3), np.uint8)
            alpha = colours[:, 0]
            palette = png(values, bits, 3, (b"PLTE", colours.tobytes()), (b"tRNS", alpha.tobytes()))
            yield f"palette {bits}", (palette, colours[values] / 255, alpha[values] / 255, 0)
        if bits >= 8:
            both = whole(np.dstack([COLOUR, CLEAR]), full)
            yield f"colour {bits}", (png(both[..., :3], bits, 2), both[..., :3] / full, None, 0)
            yield f"colour and alpha {bits}", (png(both, bits, 6), both[..., :3] / full, both[..., 3] / full, 0)
            grey = both[..., [0, 3]]
            yield f"grey and alpha {bits}", (png(grey, bits, 4), grey[..., 0] / full, grey[..., 1] / full, 0)
            one = png(both[..., :3], bits, 2, (b"tRNS", struct.pack(">3H", *both[3, 5, :3].tolist())))
            is_one = (both[..., :3] == both[3, 5, :3]).all(-1)
            yield f"colour {bits} with one clear", (one, both[..., :3] / full, 1.0 - is_one, 0)


def tiff(values: Array, **options: Any) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, values, **options)
    return buffer.getvalue()


def tiffs() -> Iterator[tuple[str, Case]]:
    for order in "<>":
        for bits in (8, 16):
            full = 2**bits - 1
            grey, both = whole(GREY, full), whole(np.dstack([COLOUR, CLEAR]), full)
            colour = both[..., :3]
            white = tiff(grey, photometric="miniswhite", byteorder=order)
            yield f"{order} white is zero {bits}", (white, 1 - grey / full, None, 0)
            for how in ("lzw", "deflate", "packbits", "zstd", None):
                packed = tiff(colour, photometric="rgb", byteorder=order, compression=how, predictor=how == "lzw")
                yield f"{order} {how} {bits}", (packed, colour / full, None, 0)
            planes = tiff(np.moveaxis(colour, -1, 0), photometric="rgb", planarconfig="separate", byteorder=order)
            yield f"{order} planes {bits}", (planes, colour / full, None, 0)
            tiles = tiff(colour, photometric="rgb", tile=(16, 16), byteorder=order, bigtiff=True)
            yield f"{order} tiles {bits}", (tiles, colour / full, None, 0)
            alpha = tiff(both, photometric="rgb", extrasamples=["unassalpha"], byteorder=order)
            yield f"{order} alpha {bits}", (alpha, colour / full, both[..., 3] / full, 0)
            paper = 1 - both / full
            inks = tiff(both, photometric="separated", byteorder=order)
            yield f"{order} print {bits}", (inks, paper[..., :3] * paper[..., 3:], None, 0.01)
        for step in (257, 1):
            table = np.random.default_rng(step).integers(0, 65536 // step, (3, 256)).astype(np.uint16) * step
            palette = tiff(whole(GREY, 255), photometric="palette", colormap=table, byteorder=order)
            yield f"{order} palette of steps of {step}", (palette, table.T[whole(GREY, 255)] / 65535, None, 0)
        for name in ("float16", "float32", "float64"):
            values = COLOUR.astype(name)
            yield f"{order} {name}", (tiff(values, photometric="rgb", byteorder=order), values, None, 0)
    for bits in (2, 4, 6, 10, 12, 14):
        full = 2**bits - 1
        values = whole(COLOUR, full)
        yield f"{bits} bits", (tiff(values, photometric="rgb", bitspersample=bits), values / full, None, 0)


def netpbms() -> Iterator[tuple[str, Case]]:
    size = b"%d %d\n" % (WIDTH, HEIGHT)
    for highest in (15, 255, 1000, 4095, 65535):
        values = whole(COLOUR, highest)
        raw, end = values.astype(">u2" if highest > 255 else np.uint8), b"%d\n" % highest
        plain = " ".join(map(str, values.ravel())).encode()
        yield f"P6 {highest}", (b"P6\n# a note\n" + size + end + raw.tobytes(), values / highest, None, 0)
        yield f"P3 {highest}", (b"P3\n" + size + end + plain + b"\n", values / highest, None, 0)
        yield f"P5 {highest}", (b"P5\n" + size + end + raw[..., 0].tobytes(), values[..., 0] / highest, None, 0)
        grey = " ".join(map(str, values[..., 0].ravel())).encode()
        yield f"P2 {highest}", (b"P2\n" + size + end + grey + b"\n", values[..., 0] / highest, None, 0)
        both = whole(np.dstack([COLOUR, CLEAR]), highest)
        lines = f"P7\nWIDTH {WIDTH}\nHEIGHT {HEIGHT}\nDEPTH 4\nMAXVAL {highest}\nTUPLTYPE RGB_ALPHA\nENDHDR\n"
        data = lines.encode() + both.astype(raw.dtype).tobytes()
        yield f"P7 {highest}", (data, both[..., :3] / highest, both[..., 3] / highest, 0)
    for scale, order in ((b"-1.0\n", "<"), (b"1.0\n", ">")):
        floats = COLOUR.astype(np.float32)[::-1].astype(order + "f4")
        yield f"PF {order}", (b"PF\n" + size + scale + floats.tobytes(), COLOUR, None, 0)
        yield f"Pf {order}", (b"Pf\n" + size + scale + floats[..., 0].tobytes(), GREY, None, 0)


def others() -> Iterator[tuple[str, Case]]:
    for bits in (8, 10, 12, 16):
        full = 2**bits - 1
        for name, values in (("grey", whole(GREY, full)), ("colour", whole(COLOUR, full))):
            for kind in ("jp2", "j2k"):
                data = imagecodecs.jpeg2k_encode(values, level=0, codecformat=kind, bitspersample=bits)
                yield f"{kind} {name} {bits}", (data, values / full, None, 0)
            if bits < 16:
                layout = "400" if name == "grey" else "444"
                data = imagecodecs.avif_encode(values, level=100, bitspersample=bits, pixelformat=layout)
                yield f"avif {name} {bits}", (data, values / full, None, 0.6 / full)
    levels = whole(np.dstack([COLOUR, CLEAR]), 255)
    buffer = io.BytesIO()
    Image.fromarray(levels).save(buffer, "WEBP", lossless=True, exact=True)
    yield "webp", (buffer.getvalue(), levels[..., :3] / 255, levels[..., 3] / 255, 0)


CASES = {f"{kind} {name}": case for kind, made in (
    ("PNG", pngs()), ("TIFF", tiffs()), ("PPM", netpbms()), ("", others())) for name, case in made}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_values_are_the_files_and_stay_so(tmp_path: Path, case: Case) -> None:
    data, expected, alpha, off = case
    path = tmp_path / "a"
    path.write_bytes(data)
    photo = open_photo(path, levels=None)
    assert_values(photo.raster.planes().transpose(1, 2, 0), expected, photo.raster.depth, off)
    assert (photo.raster.alpha is None) == (alpha is None)
    if photo.raster.alpha is not None:
        assert_values(convert_depth(photo.raster.alpha, "32f"), alpha, photo.raster.depth, off)
    saved = save_photo(tmp_path / "b.tif", photo.raster, photo.metadata)
    again = open_photo(saved.path, levels=None).raster
    np.testing.assert_array_equal(again.pixels, photo.raster.pixels)
    assert (again.alpha is None) == (alpha is None)


def assert_values(values: Array, expected: Array | None, depth: str, off: float) -> None:
    """Eight bits hold what is a whole number of levels; all else wants sixteen."""
    assert expected is not None
    levels = expected * 255
    is_of_eight = np.allclose(levels, np.rint(levels), atol=1e-3)
    assert (depth == "8") <= (is_of_eight or off > 0 or len(np.unique(expected)) <= 64)
    step = {"8": 0.5 / 255, "16": 0.5 / 65535, "32f": 0}[depth]
    np.testing.assert_allclose(values.reshape(expected.shape), expected, atol=step + off + 1e-6)


def header(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in ("P7", *lines, "ENDHDR")).encode() + bytes(100)


@pytest.mark.parametrize("data", [
    header("WIDTH 3", "HEIGHT 2", "MAXVAL 255"), header("WIDTH 3", "HEIGHT 0", "DEPTH 3", "MAXVAL 255"),
    header("WIDTH 3", "HEIGHT 2", "DEPTH 5", "MAXVAL 255"), header("WIDTH 3", "HEIGHT 2", "DEPTH 3", "MAXVAL 70000"),
    b"P6 3 2 70000 " + bytes(100), b"P6 3 2 1000 ",
])  # fmt: skip
def test_a_header_that_cannot_be_is_refused_in_a_sentence(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.pam").write_bytes(data)
    with pytest.raises(Exception, match="expected a whole picture"):
        open_photo(tmp_path / "a.pam")


ENCODERS: dict[str, Callable[[Array], bytes]] = {
    "deep.jp2": lambda values: imagecodecs.jpeg2k_encode(values, level=0, codecformat="jp2"),
    "deep.avif": lambda values: imagecodecs.avif_encode(values >> 6, level=95, bitspersample=10),
    "a.webp": lambda values: pillow("WEBP", values),
    "a.jp2": lambda values: pillow("JPEG2000", values),
    "a.avif": lambda values: pillow("AVIF", values),
    "a.pam": lambda values: b"P7\nWIDTH 96\nHEIGHT 64\nDEPTH 3\nMAXVAL 65535\nTUPLTYPE RGB\nENDHDR\n" + values.astype(
        ">u2").tobytes(),
}


def pillow(kind: str, values: Array) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray((values >> 8).astype(np.uint8)).save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize("name", ENCODERS)
def test_a_file_that_lacks_its_end_opens_with_what_is_there(tmp_path: Path, name: str) -> None:
    values = np.random.default_rng(0).integers(0, 65536, (64, 96, 3)).astype(np.uint16)
    values[:32] = 20_000
    data = ENCODERS[name](values)
    path = tmp_path / name
    path.write_bytes(data[: int(0.85 * len(data))])
    photo = open_photo(path)
    assert any("cut short" in note for note in photo.metadata.notes)
    assert photo.raster.planes()[:, :16].mean() == pytest.approx(20_000 / 65535, abs=0.05)
