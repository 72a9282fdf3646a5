"""Drops on the lens, as the tool list and the form see them."""

from __future__ import annotations

from desktop_app.api import Params, Tool, param, provides


class DropsParams(Params):
    """Parameters of drops on the lens."""

    cover: float = param(8.0, title="Cover", unit="%", ge=0, le=60, soft=(0, 30), step=1, help=(
        "Share of the photo that drops lie on, where they do not overlap; more is more drops."
    ))
    size: float = param(14.0, title="Drop size", unit="px", ge=2, le=200, soft=(4, 60), step=1, help=(
        "Radius of a usual drop; some are twice as large, some half; more is larger and fewer."
    ))
    bend: float = param(3.0, title="Bend", ge=0, le=20, soft=(1, 8), step=0.5, help=(
        "How much wider a drop sees than it is, upside down; more squeezes more of the scene into it."
    ))
    blur: float = param(2.0, title="Blur", unit="px", ge=0, le=50, soft=(0, 8), step=0.5, help=(
        "How far out of focus the glass is; more softens the drops and their outlines."
    ))
    opacity: float = param(90.0, title="Opacity", unit="%", ge=0, le=100, step=5, help=(
        "How much of the scene behind a drop is lost; less lets it shine through, as where a drop is far out of focus."
    ))
    brightness: float = param(12.0, title="Brightness", unit="levels", ge=-100, le=100, soft=(-40, 60), step=1, help=(
        "Light that a drop gathers from beyond the photo; more is brighter, less than 0 darker."
    ))


verilens_tools = provides(__name__, Tool(
    id="degrade.drops", title="Drops on the lens", kind="degradation", version="1.0", params=DropsParams,
    stochastic=True, memory=8.0,
    keywords=("raindrop", "raindrops", "water", "wet lens", "window", "windscreen", "splash"),
    summary="Lays drops of water on the lens, each of which shows a blurred scene upside down.",
    sources=(
        "Qian, Tan, Yang, Su, Liu 2018, Attentive generative adversarial network for raindrop removal from a single "
        "image (its model), arXiv:1711.10098",
    ),
))
