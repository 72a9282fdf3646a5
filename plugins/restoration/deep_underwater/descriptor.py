"""Learnt clearing of underwater photos and its network, as tool list, form and model picker see them."""

from __future__ import annotations

from desktop_app.api import Params, Tool, param, provides
from plugins.restoration.common.keywords import UNDERWATER
from plugins.restoration.common.learnt import provides_network

NETWORK = "underwater.deep_net"


class UnderwaterParams(Params):
    """Parameters of the learnt clearing: half by default, since the sea without any water does not look like it."""

    strength: float = param(50.0, title="Strength", unit="%", ge=0, le=100, step=1, help=(
        "How much of the water is taken away; more is nearer to the scene in air, and turns open water grey."
    ))


verilens_tools = provides(__name__, Tool(
    id="underwater.deep", title="Underwater: learnt", kind="restoration", version="1.0", params=UnderwaterParams,
    models=(NETWORK,), differentiable=True, encoding="srgb", memory=8.0,
    keywords=UNDERWATER,
    summary="Takes the water's colour and veil away by what a network makes of a look at the whole photo.",
    sources=(
        "Li, Anwar, Porikli 2020, Underwater scene prior inspired deep underwater image and video enhancement (a "
        "network taught by modelled water), doi:10.1016/j.patcog.2019.107038",
        "Gharbi, Chen, Barron, Hasinoff, Durand 2017, Deep bilateral learning for real-time image enhancement (colours "
        "found on a small copy), doi:10.1145/3072959.3073592",
    ),
))

verilens_models = provides_network(
    "underwater_deep", id=NETWORK, title="Underwater photos",
    summary="Photos under modelled water come out at {restored:.1f} dB, from {given:.1f} dB.",
)
