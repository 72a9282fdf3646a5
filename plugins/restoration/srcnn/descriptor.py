"""Super-resolution by three convolutions, as tool list, form and model picker see it."""

from __future__ import annotations

from desktop_app.api import Tool, provides
from plugins.restoration.common.enlarging_params import DetailParams
from plugins.restoration.common.keywords import SUPERRES
from plugins.restoration.common.learnt import provides_network
from plugins.restoration.common.params import scale

NETWORK = "superres.srcnn_net"
REACH = 8

verilens_tools = provides(__name__, Tool(
    id="superres.srcnn", title="SRCNN", kind="restoration", version="1.0", params=DetailParams, reach=REACH,
    scale=scale, models=(NETWORK,), differentiable=True, encoding="srgb", memory=90.0,
    keywords=(*SUPERRES, "AI", "neural network", "deep learning"), recommended_for="Enlarge",
    summary="Enlarges a photo and adds the edges that a small network has learnt from photos; quick.",
    sources=(
        "Dong, Loy, He, Tang 2014, Image super-resolution using deep convolutional networks, arXiv:1501.00092",
        "Kim, Lee, Lee 2016, Accurate image super-resolution using very deep convolutional networks, arXiv:1511.04587",
    ),
))

verilens_models = provides_network(
    "superres_srcnn", id=NETWORK, title="SRCNN",
    summary="Enlarges by 3 convolutions: held-out photos by three at {x3_network:.2f} dB, bicubic {x3_bicubic:.2f}.",
)
