"""The colour attenuation prior, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Params, Tool, param, provides
from plugins.restoration.common.haze_params import VeilParams, reach
from plugins.restoration.common.keywords import DEHAZE


class _Density(Params):
    """What is asked first: a base of its own, since a base's parameters come before those of the class."""

    beta: float = param(1.0, title="Haze density β", ge=0, le=5, soft=(0, 2), step=0.05, help=(
        "How strongly a unit of depth scatters; more takes more haze away and darkens the distance."
    ))


class ColorAttenuationParams(VeilParams, _Density):
    """Parameters of the colour attenuation prior."""

    patch_radius: int = param(7, title="Patch radius", unit="px", ge=0, le=50, soft=(0, 20), advanced=True, help=(
        "Radius within which the nearest point counts, so that white things do not pass for distant ones; more "
        "is safer and coarser."
    ))
    smoothing_radius: int = param(
        30, title="Refinement radius", unit="px", ge=1, le=200, soft=(10, 100), advanced=True,
        help="Radius within which the depth follows the photo's edges; more hides patches, less keeps halos narrow.",
    )
    min_transmission: float = param(
        0.1, title="Least transmission", ge=0.01, le=1, soft=(0.05, 0.5), step=0.01, advanced=True,
        help="How much of the scene is taken to shine through anywhere; more leaves haze in the distance and less "
        "noise in the sky.",
    )


verilens_tools = provides(__name__, Tool(
    id="dehaze.color_attenuation", title="Dehaze: colour attenuation", kind="restoration", version="1.0",
    params=ColorAttenuationParams, prepare=".algorithm:prepare", reach=reach, encoding="srgb", memory=8.0,
    keywords=DEHAZE,
    summary="Takes haze away, judging distance by how bright and how pale each place is.",
    sources=(
        "Zhu, Mai, Shao 2015, A fast single image haze removal algorithm using color attenuation prior, "
        "doi:10.1109/TIP.2015.2446191",
        "He, Sun, Tang 2013, Guided image filtering, doi:10.1109/TPAMI.2012.213",
    ),
))
