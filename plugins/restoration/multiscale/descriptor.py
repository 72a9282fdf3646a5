"""Deblurring at several scales, as tool list, form and model picker see it."""

from __future__ import annotations

from desktop_app.api import Tool, provides
from plugins.restoration.common.keywords import SHAKE
from plugins.restoration.common.learnt import StrengthParams, provides_network

NETWORK = "deblur.multiscale_net"

verilens_tools = provides(__name__, Tool(
    id="deblur.multiscale", title="Learnt deblur (multiscale)", kind="restoration", version="1.0",
    params=StrengthParams, models=(NETWORK,), encoding="srgb", memory=24.0, keywords=SHAKE,
    summary="Takes a short shake away without looking for its path, and shows where it was unsure.",
    sources=(
        "Nah, Kim, Lee 2017, Deep multi-scale convolutional neural network for dynamic scene deblurring, "
        "arXiv:1612.02177",
        "Tao, Gao, Shen, Wang, Jia 2018, Scale-recurrent network for deep image deblurring, arXiv:1802.01770",
        "Schuler, Hirsch, Harmeling, Schölkopf 2016, Learning to deblur, arXiv:1406.7444",
    ),
))

verilens_models = provides_network(
    "deblur_multiscale", id=NETWORK, title="Multiscale deblurring",
    summary="Shaken photos of {given:.1f} dB come out at {restored:.1f} dB.",
)
