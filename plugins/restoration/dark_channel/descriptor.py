"""The dark channel prior, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Tool, hookimpl
from plugins.restoration.common.haze_params import DarkChannelParams, reach


@hookimpl
def verilens_tools() -> list[Tool]:
    """Return the one tool of this plugin."""
    return [
        Tool(
            id="dehaze.dark_channel",
            title="Dehaze: dark channel",
            kind="restoration",
            summary="Takes haze away, judging its density by how bright the darkest colour nearby still is.",
            version="1.0",
            algorithm="plugins.restoration.dark_channel.algorithm:run",
            prepare="plugins.restoration.dark_channel.algorithm:prepare",
            params=DarkChannelParams,
            reach=reach,
            memory=8.0,
            sources=(
                "He, Sun, Tang 2009, Single image haze removal using dark channel prior, doi:10.1109/CVPR.2009.5206515",
                "He, Sun, Tang 2013, Guided image filtering, doi:10.1109/TPAMI.2012.213",
            ),
        )
    ]
