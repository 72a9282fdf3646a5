"""Lay real photos out before and after a task's tools, as they are by default, to be looked at.

``python docs/contact_sheet.py TASK SHEET`` (TASK: ``denoise``, ``lowlight``, ``underwater``, ``derain``) takes ten
photos of the task from the folder of test data. They are not ours to give on: the sheet is for looking, not for the
repository.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

from desktop_app.core.application import Application
from desktop_app.core.imaging.files import open_photo
from desktop_app.core.imaging.raster import convert_depth
from desktop_app.core.jobs.request import ToolRequest

_PHOTOS = {
    "denoise": ("real_noise/*",),
    "lowlight": ("lowlight/*",),
    "underwater": ("underwater/uieb_raw/*", "underwater/input/*"),
    "derain": ("rain_real/*",),
}
_SHOWN = {"denoise": ("denoise.bm3d", "denoise.nlm", "denoise.tv")}  # of a task with many tools
_PHOTOS_A_SHEET, _CELL = 10, 360  # pixels a side


def main(task: str, sheet: Path) -> None:
    """Make the sheet: a row a photo, the photo itself and then what each tool makes of it."""
    data = Path(os.environ.get("VERILENS_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")) / "val"
    found = [path for pattern in _PHOTOS[task] for path in sorted(data.glob(pattern))]
    with TemporaryDirectory() as home:
        application = Application(Path(home))
        every = [tool.id for tool in application.host.snapshot().tools if tool.task == task and not tool.subjects]
        rows = []
        for path in found[:: max(1, len(found) // _PHOTOS_A_SHEET)][:_PHOTOS_A_SHEET]:
            photo = open_photo(path).raster
            results = [application.engine.run(ToolRequest(tool), photo).raster for tool in _SHOWN.get(task, every)]
            rows.append(np.hstack([_cell(convert_depth((one or photo).pixels, "8")) for one in (photo, *results)]))
        application.close()
    Image.fromarray(np.vstack(rows)).save(sheet)


def _cell(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return the middle of a picture at its own size, on black where it is smaller than a cell."""
    top, left = (max(0, (size - _CELL) // 2) for size in pixels.shape[:2])
    part = pixels[top : top + _CELL, left : left + _CELL]
    cell = np.zeros((_CELL, _CELL, 3), np.uint8)
    cell[: part.shape[0], : part.shape[1]] = part
    return cell


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
