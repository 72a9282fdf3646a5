"""The underwater dark channel prior, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Tool, provides
from plugins.restoration.common.haze_params import DarkChannelParams, reach
from plugins.restoration.common.keywords import UNDERWATER

verilens_tools = provides(__name__, Tool(
    id="underwater.udcp", title="Underwater: dark channel", kind="restoration", version="1.0", params=DarkChannelParams,
    prepare=".algorithm:prepare", reach=reach, memory=8.0,
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
