"""Camera raw made here: a DNG as its specification has it, with or without the small picture that cameras add."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tifffile

PREVIEW = np.zeros((24, 36, 3), np.uint8)
PREVIEW[:, 18:] = (200, 60, 30)
_UNIT = (1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1)


def camera_raw(path: Path, flip: int = 1, *, has_preview: bool = False, height: int = 64, width: int = 96) -> Path:
    """Write 12 bits behind a colour filter: a ramp from left to right, from near black to what the sensor can hold."""
    ramp = np.linspace(200, 4095, width).astype(np.uint16)
    sensor = np.ascontiguousarray(np.broadcast_to(ramp, (height, width)))
    camera = [
        (274, "H", 1, flip, True), (271, "s", 0, b"Maker\0", True), (50706, "B", 4, bytes([1, 4, 0, 0]), True),
        (50708, "s", 0, b"Test\0", True), (50721, "2i", 9, _UNIT, True), (50728, "2I", 3, (1, 1, 1, 1, 1, 1), True),
        (50778, "H", 1, 21, True),
    ]  # fmt: skip
    filtered = [
        (33421, "H", 2, (2, 2), True), (33422, "B", 4, bytes([0, 1, 1, 2]), True), (50714, "H", 1, 0, True),
        (50717, "H", 1, 4095, True),
    ]  # fmt: skip
    plain = {"metadata": None, "software": False}
    with tifffile.TiffWriter(path) as file:
        if has_preview:
            file.write(PREVIEW, photometric="rgb", subifds=1, subfiletype=1, extratags=camera, **plain)
            file.write(sensor, photometric=32803, subfiletype=0, extratags=filtered, **plain)
        else:
            file.write(sensor, photometric=32803, extratags=[*camera, *filtered], **plain)
    return path
