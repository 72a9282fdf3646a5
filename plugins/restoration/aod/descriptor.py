"""Learnt dehazing and its network, as tool list, form and model picker see them."""

from __future__ import annotations

from desktop_app.api import Tool, provides
from plugins.restoration.common.keywords import DEHAZE
from plugins.restoration.common.learnt import StrengthParams, provides_network

NETWORK = "dehaze.aod_own"

verilens_tools = provides(__name__, Tool(
    id="dehaze.aod", title="Dehaze: learnt", kind="restoration", version="1.0", params=StrengthParams,
    models=(NETWORK,), differentiable=True, encoding="srgb", memory=20.0,
    keywords=DEHAZE,
    summary="Takes haze away by one map that a small network makes in place of transmission and airlight.",
    sources=(
        "Li, Peng, Wang, Xu, Feng 2017, AOD-Net: All-in-one dehazing network, doi:10.1109/ICCV.2017.511",
    ),
))

verilens_models = provides_network(
    "dehaze_aod", id=NETWORK, title="Dehazing",
    summary="Photos in made-up haze come out at {restored:.1f} dB, from {given:.1f} dB.",
)
