"""Deblurring learnt beside critics, as tool list, form and model picker see it."""

from __future__ import annotations

from desktop_app.api import Tool, provides
from plugins.restoration.common.keywords import SHAKE
from plugins.restoration.common.learnt import StrengthParams, provides_network

NETWORK = "deblur.gan_net"

verilens_tools = provides(__name__, Tool(
    id="deblur.gan", title="Learnt deblur (by looks)", kind="restoration", version="1.0",
    params=StrengthParams, models=(NETWORK,), encoding="srgb", memory=24.0, keywords=SHAKE,
    summary="Takes a short shake away and makes up texture where it is lost: pleasant to look at, not to measure in.",
    sources=(
        "Kupyn, Martyniuk, Wu, Wang 2019, DeblurGAN-v2: deblurring (orders-of-magnitude) faster and better, "
        "arXiv:1908.03826",
        "Jolicoeur-Martineau 2019, The relativistic discriminator: a key element missing from standard GAN, "
        "arXiv:1807.00734",
        "Nah, Kim, Lee 2017, Deep multi-scale convolutional neural network for dynamic scene deblurring, "
        "arXiv:1612.02177",
    ),
))

verilens_models = provides_network(
    "deblur_gan", id=NETWORK, title="Deblurring by looks",
    summary="Shaken photos of {given:.1f} dB and NIQE {niqe_given:.1f} come out at {restored:.1f} and "
    "{niqe_restored:.1f}.",
)
