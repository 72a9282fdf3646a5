"""Crop, as the tool list and the form see it."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import ParameterError, Params, Tool, param, provides

Size = tuple[int, int]
_FARTHEST = 1_000_000


class CropParams(Params):
    """Parameters of a crop."""

    left: float = param(0.0, ge=0, le=_FARTHEST, soft=(0, 6000), step=1, title="From the left", help=(
        "How much is cut off on the left, in the unit below; more keeps less of that side."
    ))
    top: float = param(0.0, ge=0, le=_FARTHEST, soft=(0, 4000), step=1, title="From the top", help=(
        "How much is cut off at the top, in the unit below; more keeps less of that side."
    ))
    width: float | None = param(
        None, ge=0, le=_FARTHEST, soft=(1, 6000), step=1, title="Width", none="up to the right edge",
        help="How wide the part is that stays, in the unit below; more keeps more of the right.",
    )
    height: float | None = param(
        None, ge=0, le=_FARTHEST, soft=(1, 4000), step=1, title="Height", none="down to the lower edge",
        help="How high the part is that stays, in the unit below; more keeps more of the bottom.",
    )
    unit: Literal["px", "%"] = param("px", title="Unit", help=(
        "What the four numbers above are: pixels of the photo, or percent of its width and height, which fit photos of "
        "any size."
    ))
    ratio: Literal["free", "1:1", "5:4", "4:3", "3:2", "16:9", "2:1", "4:5", "3:4", "2:3", "9:16", "1:2"] = param(
        "free", title="Ratio", help=(
            "Width to height of what stays: the largest part of this shape in the middle of the rectangle above."
        ),
    )


def rectangle(params: CropParams, size: Size) -> tuple[int, int, int, int]:
    """Return top, left, height and width of what stays of a photo of a height and width, in whole pixels.

    Raises
    ------
    ParameterError
        If that is not inside the photo.
    """
    top, height = _span(params.top, params.height, size[0], params.unit, "height")
    left, width = _span(params.left, params.width, size[1], params.unit, "width")
    if params.ratio == "free":
        return top, left, height, width
    across, down = (int(part) for part in params.ratio.split(":"))
    kept_height, kept_width = _shaped(height, width, across / down)
    return top + (height - kept_height) // 2, left + (width - kept_width) // 2, kept_height, kept_width


def _shaped(height: int, width: int, ratio: float) -> Size:
    """Return the largest size of a ratio within another; one that has it but for rounding is left as it is."""
    if height == round(width / ratio) or width == round(height * ratio):
        return height, width
    if width > height * ratio:
        return height, max(round(height * ratio), 1)
    return max(round(width / ratio), 1), width


def _span(start: float, length: float | None, side: int, unit: str, name: str) -> tuple[int, int]:
    """Return first pixel and number of pixels along one side of the photo."""
    share = side / 100.0 if unit == "%" else 1.0
    first = round(start * share)
    count = side - first if length is None else round(start * share + length * share) - first
    if first >= side or count < 1 or first + count > side:
        whose = "left" if name == "width" else "top"
        raise ParameterError(
            f"enhance.crop: expected {whose} and {name} to keep a part of the photo's {side} pixels of {name}, got "
            f"{count} from {first} on; change {whose} or {name}, or give them in %"
        )
    return first, count


def frame(params: CropParams, size: Size) -> Size:
    """Return height and width of what stays."""
    return rectangle(params, size)[2:]


verilens_tools = provides(__name__, Tool(
    id="enhance.crop", title="Crop", kind="restoration", version="1.0", params=CropParams, frame=frame,
    differentiable=True, memory=2.0,
    keywords=("crop", "cut", "trim", "cut off", "frame", "aspect ratio", "square", "composition", "remove edges",
              "zuschneiden", "beschneiden", "rogner", "recadrer"),
    summary="Keeps a rectangle of the photo, of any shape or of a given ratio; its pixels stay as they are.",
    sources=("Gonzalez, Woods 2018, Digital Image Processing, 4th edition, section 2.6 (geometric transformations)",),
))
