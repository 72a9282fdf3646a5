"""The underwater dark channel prior, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Tool, param, provides
from plugins.restoration.common.haze_params import DarkChannelParams, reach
from plugins.restoration.common.keywords import UNDERWATER


class UnderwaterDarkChannelParams(DarkChannelParams):
    """Parameters of the underwater dark channel: milder than in air, since water takes the colours unevenly."""

    strength: float = param(0.7, title="Strength", ge=0, le=1, step=0.01, help=(
        "Share ω of the veil that is taken away; more is clearer, and shifts colours where green and blue are lost."
    ))
    min_transmission: float = param(
        0.4, title="Least transmission", ge=0.01, le=1, soft=(0.1, 0.7), step=0.01, advanced=True,
        help="How much of the scene is taken to shine through anywhere; more leaves veil in the distance and less "
        "noise in open water.",
    )


verilens_tools = provides(__name__, Tool(
    id="underwater.udcp", title="Underwater: dark channel", kind="restoration", version="1.0",
    params=UnderwaterDarkChannelParams, prepare=".algorithm:prepare", reach=reach, encoding="srgb", memory=8.0,
    keywords=UNDERWATER,
    summary="Takes the water's veil away, judging it by green and blue alone, since red is lost first.",
    sources=(
        "Drews, do Nascimento, Moraes, Botelho, Campos 2013, Transmission estimation in underwater single "
        "images, doi:10.1109/ICCVW.2013.113",
        "Drews, Nascimento, Botelho, Campos 2016, Underwater depth estimation and image restoration based on "
        "single images, doi:10.1109/MCG.2016.26",
        "He, Sun, Tang 2013, Guided image filtering, doi:10.1109/TPAMI.2012.213",
    ),
))
