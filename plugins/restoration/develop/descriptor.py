"""Developing, as the tool list and the form see it."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import Params, Tool, param, provides


class DevelopParams(Params):
    """Parameters of developing."""

    exposure: float | None = param(None, title="Exposure", unit="EV", ge=-8, le=8, soft=(-3, 3), step=0.05, help=(
        "Each 1 more doubles the light. As bright as leaves a thousandth of the photo white when not given."
    ))
    warmth: float = param(0.0, title="Warmth", unit="EV", ge=-4, le=4, soft=(-1.5, 1.5), step=0.05, help=(
        "More makes the photo warmer: red against blue, in factors of two; 0 is the camera's white balance."
    ))
    tint: float = param(0.0, title="Tint", unit="EV", ge=-4, le=4, soft=(-1, 1), step=0.05, help=(
        "More takes green away and adds magenta, less does the reverse; 0 is the camera's white balance."
    ))
    highlights: float = param(0.3, title="Highlights", ge=0, le=1, step=0.05, help=(
        "More lets bright places approach white more gently, which brings clouds and lamps back and flattens them; 0 "
        "clips them."
    ))
    demosaic: Literal["AHD", "DHT", "AAHD", "DCB", "PPG", "VNG", "bilinear"] = param(
        "AHD", title="Colour filter", advanced=True, help=(
            "How the colours that the sensor did not measure at a pixel are found, where this is the first step of "
            "camera raw: DHT and AAHD draw fine lines cleaner, VNG is smoother, bilinear is plainest. Seen once it is "
            "applied; other photos have no such filter."
        )
    )


verilens_tools = provides(__name__, Tool(
    id="enhance.develop", title="Develop", kind="restoration", version="1.1", params=DevelopParams,
    prepare=".algorithm:prepare", reach=0, differentiable=True, memory=8.0,
    keywords=("raw", "camera raw", "develop", "temperature", "tint", "highlights", "warm", "cold", "cool",
              "Farbtemperatur", "kalt", "Lichter", "chaud", "froid", "hautes lumières"),
    summary="Sets white balance, exposure and highlights in linear light; of camera raw it is the first step.",
    sources=(
        "IEC 61966-2-1:1999, sRGB (the curves to and from linear light)",
        "Reinhard, Stark, Shirley, Ferwerda 2002, Photographic tone reproduction for digital images, "
        "doi:10.1145/566654.566575, equation 3 (the hyperbola, here above a knee)",
        "LibRaw (AHD: Hirakawa and Parks 2005, doi:10.1109/TIP.2004.838691; the others as named there)",
    ),
))
