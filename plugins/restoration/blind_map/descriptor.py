"""Blind deblurring by predicted edges, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Tool, param, provides
from plugins.restoration.common.blind_params import LAST_STEP, BlindParams
from plugins.restoration.common.keywords import SHAKE
from plugins.restoration.common.params import WHITE_NOISE_OF


class BlindMapParams(BlindParams):
    """Parameters of blind deblurring by predicted edges."""

    smoothness: float = param(
        0.01, title="Smoothness", ge=1e-4, le=1.0, soft=(2e-3, 0.05), log=True, advanced=True,
        help="How smooth the picture is from which edges are predicted; more follows fewer and surer ones.",
    )
    edge_share: float = param(
        0.5, title="Share of edges", ge=0.05, le=4.0, soft=(0.2, 2.0), log=True, advanced=True,
        help="How many edges help find the blur, in multiples of the photo's side times the kernel's; more is steadier "
        "under noise and keeps weak edges that mislead.",
    )
    skip_fine_detail: bool = param(False, title="Skip fine detail", advanced=True, help=(
        "Whether detail finer than the blur is left out: for long blurs of photos full of texture."
    ))


verilens_tools = provides(__name__, Tool(
    id="deblur.blind_map", title="Blind deblur (predicted edges)", kind="restoration", version="1.0",
    params=BlindMapParams, prepare=WHITE_NOISE_OF, memory=24.0,
    keywords=SHAKE,
    summary="Finds out how the camera shook by sharpening edges step by step, fast, and takes the blur away.",
    sources=(
        "Cho, Lee 2009, Fast motion deblurring, doi:10.1145/1618452.1618491",
        "Xu, Jia 2010, Two-phase kernel estimation for robust motion deblurring, "
        "doi:10.1007/978-3-642-15549-9_12",
        LAST_STEP,
    ),
))
