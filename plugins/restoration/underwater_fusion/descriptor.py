"""Underwater fusion, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Params, Tool, param, provides
from plugins.restoration.common.keywords import UNDERWATER


class UnderwaterFusionParams(Params):
    """Parameters of underwater fusion."""

    compensation: float = param(1.0, title="Red compensation", ge=0, le=2, soft=(0, 1.5), step=0.05, help=(
        "How much of the red (and blue) that the water swallowed is put back, judging by green; more is warmer."
    ))
    balance: float = param(1.0, title="White balance", ge=0, le=1, step=0.05, help=(
        "How far the photo's mean colour is moved to grey; more takes away more of the water's colour."
    ))
    stretch: float = param(1.0, title="Tone stretch", ge=0, le=1, step=0.05, help=(
        "How far each colour's tones are spread over the scale; more takes more of the veil away."
    ))
    saturation: float = param(1.35, title="Saturation", ge=0, le=3, soft=(0.5, 2), step=0.05, help=(
        "Factor on the colours after they are balanced; more is more colourful."
    ))
    gamma: float = param(1.4, title="Contrast γ", ge=1, le=4, soft=(1, 3), step=0.05, help=(
        "Power of the darker of the two fused pictures; more gives deeper shadows and stronger contrast."
    ))
    sharpening: float = param(0.6, title="Sharpening", ge=0, le=5, step=0.1, help=(
        "How much of the fine detail is added to the sharper of the two fused pictures; more is crisper, and "
        "brings out particles and noise."
    ))


verilens_tools = provides(__name__, Tool(
    id="underwater.fusion", title="Underwater: balance and fusion", kind="restoration", version="1.0",
    params=UnderwaterFusionParams, encoding="srgb", memory=10.0,
    keywords=UNDERWATER, recommended_for="Bring colours back under water",
    summary="Gives underwater photos colour and contrast back, fusing the best of two corrected pictures.",
    sources=(
        "Ancuti, Ancuti, De Vleeschouwer, Bekaert 2018, Color balance and fusion for underwater image "
        "enhancement, doi:10.1109/TIP.2017.2759252",
        "Achanta, Hemami, Estrada, Süsstrunk 2009, Frequency-tuned salient region detection, "
        "doi:10.1109/CVPR.2009.5206596",
        "Burt, Adelson 1983, The Laplacian pyramid as a compact image code, doi:10.1109/TCOM.1983.1095851",
    ),
))
