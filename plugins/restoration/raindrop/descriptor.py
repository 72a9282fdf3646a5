"""Drop removal and its network, as tool list, form and model picker see them."""

from __future__ import annotations

from desktop_app.api import Tool, provides
from plugins.restoration.common.learnt import StrengthParams, provides_network
from plugins.restoration.common.sizes import ALIGN, REACH

NETWORK = "derain.raindrop_net"

verilens_tools = provides(__name__, Tool(
    id="derain.raindrop", title="Learnt removal of drops", kind="restoration", version="1.0", params=StrengthParams,
    reach=REACH, align=ALIGN, models=(NETWORK,), differentiable=True, encoding="srgb", memory=40.0,
    keywords=(
        "raindrop", "raindrops", "drops", "drops on the lens", "wet lens", "wet", "window", "windscreen", "splash",
        "rain", "rainy", "water", "bad weather", "Tropfen", "Regentropfen", "gouttes",
    ),
    summary="Finds drops of water on the lens, shows where, and puts what is likely to be behind them in their places.",
    sources=(
        "Qian, Tan, Yang, Su, Liu 2018, Attentive generative adversarial network for raindrop removal from a single "
        "image, arXiv:1711.10098",
        "Kendall, Gal 2017, What uncertainties do we need in Bayesian deep learning for computer vision?, "
        "arXiv:1703.04977",
    ),
))

verilens_models = provides_network(
    "derain_raindrop", id=NETWORK, title="Drop removal",
    summary="Photos behind drops on the lens come out at {restored:.1f} dB, from {given:.1f} dB.",
)
