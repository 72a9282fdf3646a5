"""Super-resolution by twenty convolutions, as tool list, form and model picker see it."""

from __future__ import annotations

from desktop_app.api import Tool, provides
from plugins.restoration.common.enlarging_params import DetailParams
from plugins.restoration.common.keywords import SUPERRES
from plugins.restoration.common.learnt import provides_network
from plugins.restoration.common.params import scale

NETWORK = "superres.vdsr_net"
REACH = 25

verilens_tools = provides(__name__, Tool(
    id="superres.vdsr", title="VDSR", kind="restoration", version="1.0", params=DetailParams, reach=REACH, scale=scale,
    models=(NETWORK,), differentiable=True, encoding="srgb", memory=90.0,
    keywords=(*SUPERRES, "AI", "neural network", "deep learning"),
    summary="Enlarges a photo and adds the edges that a deep network has learnt from photos.",
    sources=(
        "Kim, Lee, Lee 2016, Accurate image super-resolution using very deep convolutional networks, arXiv:1511.04587",
    ),
))

verilens_models = provides_network(
    "superres_vdsr", id=NETWORK, title="VDSR",
    summary="Enlarges by 20 convolutions: held-out photos by three at {x3_network:.2f} dB, bicubic {x3_bicubic:.2f}.",
)
