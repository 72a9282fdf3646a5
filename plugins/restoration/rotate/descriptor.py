"""Turning, straightening and flipping, as the tool list and the form see them."""

from __future__ import annotations

import math
from typing import Literal

from desktop_app.api import Params, Tool, param, provides

Size = tuple[int, int]


class RotateParams(Params):
    """Parameters of a turn."""

    turn: Literal["none", "left", "right", "half"] = param("none", title="Turn", help=(
        "A quarter to the left or to the right, or half around; no pixel is changed by it."
    ))
    flip: Literal["none", "left-right", "top-bottom"] = param("none", title="Flip", help=(
        "Which sides are swapped, after the turn; no pixel is changed by it."
    ))
    angle: float = param(0.0, title="Straighten", unit="°", ge=-45, le=45, soft=(-15, 15), step=0.1, help=(
        "How far the photo is tilted after turn and flip: more tilts it further to the right, less to the left."
    ))
    corners: Literal["crop", "mirror", "black", "white"] = param(
        "crop", title="Corners", help=(
            "What becomes of the corners of a tilted photo: it is cropped to its own shape, so that none is empty; or "
            "all of it stays and they are filled. Of a photo with transparency, black ones are transparent."
        ),
    )


def frame(params: RotateParams, size: Size) -> Size:
    """Return height and width of the result of a photo of a height and width."""
    height, width = size if params.turn in ("none", "half") else size[::-1]
    if params.angle == 0.0:
        return height, width
    sine, cosine = abs(math.sin(math.radians(params.angle))), math.cos(math.radians(params.angle))
    tall, wide = height * cosine + width * sine, width * cosine + height * sine
    if params.corners == "crop":  # the largest of the photo's own shape: its corners touch the tilted edges
        share = min(height / tall, width / wide)
        return max(int(height * share), 1), max(int(width * share), 1)
    return math.ceil(tall - _SLACK), math.ceil(wide - _SLACK)


_SLACK = 1e-6


verilens_tools = provides(__name__, Tool(
    id="enhance.rotate", title="Rotate and straighten", kind="restoration", version="1.0", params=RotateParams,
    frame=frame, differentiable=True, memory=6.0,
    keywords=("rotate", "turn", "straighten", "horizon", "tilt", "tilted", "crooked", "level", "flip", "mirror",
              "portrait", "landscape", "upside down", "90 degrees", "drehen", "gerade richten", "begradigen",
              "ausrichten", "spiegeln", "tourner", "pivoter", "redresser", "miroir"),
    summary="Turns the photo by quarters, flips it, and tilts it by any angle until the horizon is level.",
    sources=(
        "Keys 1981, Cubic convolution interpolation for digital image processing, "
        "doi:10.1109/TASSP.1981.1163711",
    ),
))
