"""The pixels of a TIFF's page, piece by piece into the raster: no more is decoded than is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.core.imaging.claims import DEFLATE_RATIO, JPEG_PIXELS, LZW_RATIO, PACKBITS_RATIO
from desktop_app.core.imaging.decoding import DAMAGE, PhotoInfo, empty_raster, laid_as_stored
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.imaging.tiff_remnant import first_rows

__all__ = ["Pieces"]

_JPEG = 7
_JPEG_TABLES = {6, 7, 34892, 33007}  # compressions that need the tables beside the pieces
_RATIOS = {1: 1, 5: LZW_RATIO, 8: DEFLATE_RATIO, 32946: DEFLATE_RATIO, 32773: PACKBITS_RATIO}
_READ_AT_ONCE = 32 << 20
_PIECES_AT_ONCE = 64
_ROWS_BYTES = 8 << 20
Stored = NDArray[Any]


@dataclass(frozen=True)
class Pieces:
    """The strips or tiles of a page, of whose samples the first ``samples`` are wanted.

    ``convert`` turns decoded values ``(h, w, samples)`` of the file's dtype into those of the raster, alpha last. Of
    those samples it gets the ``bands``; all of them where none are named.
    """

    page: Any
    samples: int
    convert: Callable[[Stored], Stored]
    bands: tuple[int, ...] = ()

    @property
    def _is_separate(self) -> bool:
        return bool(self.page.planarconfig == 2 and self.page.samplesperpixel > 1)

    @property
    def _count(self) -> int:
        """How many pieces hold the wanted samples: where planes are separate, those of the first planes."""
        total = int(prod(self.page.chunked))
        return total // int(self.page.samplesperpixel) * self.samples if self._is_separate else total

    @property
    def most_pixels(self) -> int:
        """How many pixels the pieces that lie within the file can stand for."""
        page = self.page
        end = page.parent.filehandle.size
        spans = zip(page.dataoffsets[: self._count], page.databytecounts[: self._count], strict=False)
        present = [min(count, end - offset) for offset, count in spans if 0 < offset < end and count > 0]
        whole = len(present) * page.imagewidth * page.imagelength // max(1, self._count)
        if page.compression == _JPEG:
            return int(min(whole, JPEG_PIXELS * sum(present)))
        ratio = _RATIOS.get(page.compression)
        samples = self.samples if self._is_separate else page.samplesperpixel
        return int(whole if ratio is None else ratio * sum(present) * 8 // (samples * page.bitspersample))

    @property
    def are_cut(self) -> bool:
        """Whether a piece that is wanted goes on behind the file's end."""
        end = self.page.parent.filehandle.size
        spans = zip(range(self._count), self.page.dataoffsets, self.page.databytecounts, strict=False)
        return any(offset + size > end for _, offset, size in spans)

    @property
    def _workers(self) -> int:
        return max(1, min(int(self.page.maxworkers), self._count))

    @property
    def working_bytes(self) -> int:
        """What is decoded at a time, once as it comes and once as it is taken over."""
        page = self.page
        if page.is_final:
            return 2 * _ROWS_BYTES
        height, width = page.chunks[:2]
        samples = 1 if self._is_separate else page.samplesperpixel
        piece = height * width * samples * page.dtype.itemsize
        taken = height * width * self.samples * 4
        return int(self._workers * (2 * piece + taken) + min(2 * _READ_AT_ONCE, page.parent.filehandle.size))

    def read(self, info: PhotoInfo, orientation: int) -> tuple[Raster, float]:
        """Return the raster, and which share of its pieces could be read; the rest is black.

        Raises
        ------
        ValueError
            If none of the pieces can be read.
        """
        raster = empty_raster(info)
        planes = [laid_as_stored(raster.pixels, orientation)[..., index] for index in range(raster.channels)]
        if raster.alpha is not None:
            planes.append(laid_as_stored(raster.alpha, orientation))
        return raster, self._rows(planes) if self.page.is_final else self._segments(planes)

    def _rows(self, planes: list[Stored]) -> float:
        """Take over what lies in one row of bytes, uncompressed."""
        page, file = self.page, self.page.parent.filehandle
        height, width = page.imagelength, page.imagewidth
        dtype = np.dtype(page.parent.byteorder + page.dtype.char)
        samples = 1 if self._is_separate else page.samplesperpixel
        at_once = max(1, _ROWS_BYTES // (width * samples * dtype.itemsize))
        wanted, found = self.samples if self._is_separate else 1, 0
        for sample in range(wanted):
            for top in range(0, height, at_once):
                rows = min(at_once, height - top)
                file.seek(page.dataoffsets[0] + (sample * height + top) * width * samples * dtype.itemsize)
                data = file.read(rows * width * samples * dtype.itemsize)
                whole = len(data) // (width * samples * dtype.itemsize)
                values = np.frombuffer(data, dtype, whole * width * samples).reshape(whole, width, samples)
                self._take(planes, values, sample, top, 0)
                found += whole
                if whole < rows:
                    break
        return float(found / (height * wanted))

    def _segments(self, planes: list[Stored]) -> float:
        page, count = self.page, self._count
        tables = {"jpegtables": page.jpegtables, "jpegheader": page.jpegheader}
        options = (tables if page.compression in _JPEG_TABLES else {}) | {"_fullsize": page.is_tiled}
        faults: list[Exception] = []

        def one(piece: tuple[bytes, int]) -> float:
            try:
                values, (sample, _, top, left, _), _ = page.decode(*piece, **options)
                self._take(planes, values[0], sample, top, left)
            except DAMAGE as error:
                faults.append(error)
                return part(piece)
            # Of a JPEG that ends too early its decoder gives all pixels, the rest of them grey.
            return len(piece[0]) / page.databytecounts[piece[1]] if page.compression in _JPEG_TABLES else 1

        def part(piece: tuple[bytes, int]) -> float:
            try:
                values, place = first_rows(page, *piece)
                self._take(planes, values, *place)
            except DAMAGE:
                return 0
            return min(1.0, len(values) / int(page.chunks[0]))

        found = 0.0
        with ThreadPoolExecutor(self._workers) as pool:
            for batch in self._batches():
                found += sum(pool.map(one, batch))
        if not found:
            raise ValueError(str(faults[0]) if faults else "none of its pieces is there")
        return found / count

    def _batches(self) -> Iterator[list[tuple[bytes, int]]]:
        """Yield the pieces that the file has, encoded, with their places in the order of pieces."""
        page, file = self.page, self.page.parent.filehandle
        batch: list[tuple[bytes, int]] = []
        spans = zip(range(self._count), page.dataoffsets, page.databytecounts, strict=False)
        for index, offset, size in spans:
            if offset <= 0 or size <= 0:
                continue
            file.seek(offset)
            batch.append((file.read(size), index))
            if sum(len(data) for data, _ in batch) > _READ_AT_ONCE or len(batch) >= _PIECES_AT_ONCE:
                yield batch
                batch = []
        yield batch

    def _take(self, planes: list[Stored], values: Stored, sample: int, top: int, left: int) -> None:
        wanted = list(self.bands or range(self.samples))
        if self._is_separate:
            if sample not in wanted:
                return
            place = wanted.index(sample)
            planes, wanted = planes[place : place + 1], [0]
        height, width = planes[0].shape
        shown = values[: height - top, : width - left, : self.samples]
        taken = self.convert(shown[..., wanted] if self.bands else shown)
        for index, plane in enumerate(planes):
            plane[top : top + len(taken), left : left + taken.shape[1]] = taken[..., index]
