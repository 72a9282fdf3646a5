"""The learnt brightener and its network, as tool list, form and model picker see them."""

from __future__ import annotations

from desktop_app.api import Tool, param, provides
from plugins.restoration.common.keywords import LOWLIGHT
from plugins.restoration.common.learnt import StrengthParams, provides_network

NETWORK = "lowlight.enlightengan_net"
ALIGN = 16
REACH = 128  # of the 118 that the network looks, up to whole blocks


class EnlightenParams(StrengthParams):
    """Parameters of the learnt brightener."""

    smoothing: float | None = param(
        None, title="Smoothing", unit="%", ge=0, le=100, step=1,
        help="How far noise that the light brings out is smoothed; more costs fine detail in the dark. By the photo's "
        "own noise when not given.",
    )
    network: str = param(NETWORK, title="Model", help=(
        "The network that brightens: the program's own, or one that was adapted to your photos (verilens train adapt)."
    ))


verilens_tools = provides(__name__, Tool(
    id="lowlight.enlightengan", title="Brighten: learnt from unpaired photos (EnlightenGAN)", kind="restoration",
    version="1.1", params=EnlightenParams, prepare=".algorithm:prepare", reach=REACH, align=ALIGN,
    network="network", differentiable=True, encoding="srgb", memory=40.0,
    keywords=(*LOWLIGHT, "AI", "neural network", "deep learning", "GAN"),
    summary="Brightens a photo's dark parts with a network that learnt from dark and from well-lit photos of other "
    "scenes.",
    sources=(
        "Jiang et al. 2021, EnlightenGAN: Deep light enhancement without paired supervision, arXiv:1906.06972, "
        "doi:10.1109/TIP.2021.3051462",
    ),
))

verilens_models = provides_network(
    "lowlight_enlightengan", id=NETWORK, title="Learnt brightener (EnlightenGAN)",
    summary="Brightens dark photos; learnt without pairs.",
    keys=("told.0.weight", "coarser.2.weight", "finer.2.weight"), aliases=("EnlightenGAN",),
)
