"""The dark channel prior, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Tool, provides
from plugins.restoration.common.haze_params import DarkChannelParams, reach
from plugins.restoration.common.keywords import DEHAZE

verilens_tools = provides(__name__, Tool(
    id="dehaze.dark_channel", title="Dehaze: dark channel", kind="restoration", version="1.0", params=DarkChannelParams,
    prepare=".algorithm:prepare", reach=reach, encoding="srgb", memory=8.0,
    keywords=DEHAZE, recommended_for="Remove haze",
    summary="Takes haze away, judging its density by how bright the darkest colour nearby still is.",
    sources=(
        "He, Sun, Tang 2009, Single image haze removal using dark channel prior, doi:10.1109/CVPR.2009.5206515",
        "He, Sun, Tang 2013, Guided image filtering, doi:10.1109/TPAMI.2012.213",
    ),
))
