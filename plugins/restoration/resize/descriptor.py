"""Resize, as the tool list and the form see it."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from desktop_app.api import Params, Tool, param, provides

Size = tuple[int, int]
_LONGEST = 65_535


class ResizeParams(Params):
    """Parameters of a change of size."""

    percent: float = param(100.0, title="Size", unit="%", ge=0.1, le=1600, soft=(5, 200), step=5, help=(
        "Width and height of the result over those of the photo, where no pixels are given; more gives a larger photo."
    ))
    long_side: int | None = param(
        None, title="Long side", unit="px", ge=1, le=_LONGEST, soft=(256, 6000), step=1, none="not given",
        help="How long the longer side becomes, whichever it is; the other follows.",
    )
    width: int | None = param(
        None, title="Width", unit="px", ge=1, le=_LONGEST, soft=(256, 6000), step=1, none="follows the height",
        help="How wide the photo becomes; without a height, that follows.",
    )
    height: int | None = param(
        None, title="Height", unit="px", ge=1, le=_LONGEST, soft=(256, 4000), step=1, none="follows the width",
        help="How high the photo becomes; with a width too, the photo is stretched to both.",
    )
    method: Literal["bicubic", "nearest"] = param("bicubic", title="Method", help=(
        "How pixels are made: smoothly, from all that they cover; or as copies of the nearest one, for masks, labels "
        "and pixel art."
    ))

    @model_validator(mode="after")
    def _is_said_once(self) -> ResizeParams:
        if self.long_side is not None and (self.width is not None or self.height is not None):
            raise ValueError("expected the long side, or width and height, got both; leave one out")
        return self


def frame(params: ResizeParams, size: Size) -> Size:
    """Return height and width of the result of a photo of a height and width."""
    height, width = size
    if params.width is not None and params.height is not None:
        return params.height, params.width
    if params.width is not None:
        factor = params.width / width
    elif params.height is not None:
        factor = params.height / height
    else:
        factor = params.percent / 100.0 if params.long_side is None else params.long_side / max(size)
    return params.height or max(round(height * factor), 1), params.width or max(round(width * factor), 1)


verilens_tools = provides(__name__, Tool(
    id="enhance.resize", title="Resize", kind="restoration", version="1.0", params=ResizeParams, frame=frame,
    differentiable=True, memory=5.0,
    keywords=("resize", "scale", "size", "smaller", "shrink", "reduce", "width", "height", "pixels", "downscale",
              "for the web", "thumbnail", "stretch", "verkleinern", "redimensionner"),
    summary="Makes the photo smaller or larger, in percent or to a width, a height or a long side in pixels.",
    sources=(
        "Keys 1981, Cubic convolution interpolation for digital image processing, "
        "doi:10.1109/TASSP.1981.1163711",
    ),
))
