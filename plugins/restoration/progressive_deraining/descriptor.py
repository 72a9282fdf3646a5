"""Progressive rain removal and its network, as tool list, form and model picker see them."""

from __future__ import annotations

from desktop_app.api import Tool, provides
from plugins.restoration.common.keywords import DERAIN
from plugins.restoration.common.learnt import StrengthParams, provides_network
from plugins.restoration.common.sizes import ALIGN, REACH

NETWORK = "derain.progressive_net"
_STAGES = 3  # as in the network's module, which a descriptor must not import

verilens_tools = provides(__name__, Tool(
    id="derain.progressive", title="Learnt rain removal", kind="restoration", version="1.0", params=StrengthParams,
    reach=_STAGES * REACH, align=ALIGN, models=(NETWORK,), differentiable=True, encoding="srgb", memory=45.0,
    keywords=DERAIN, recommended_for="Remove rain",
    summary="Takes rain streaks away in three passes of one network, each of which mends what the last one left.",
    sources=(
        "Ren, Zuo, Hu, Zhu, Meng 2019, Progressive image deraining networks: A better and simpler baseline, "
        "arXiv:1901.09221",
        "Kendall, Gal 2017, What uncertainties do we need in Bayesian deep learning for computer vision?, "
        "arXiv:1703.04977",
    ),
))

verilens_models = provides_network(
    "derain_progressive", id=NETWORK, title="Progressive rain removal",
    summary="Photos in rain of every weight come out at {restored:.1f} dB, from {given:.1f} dB.",
)
