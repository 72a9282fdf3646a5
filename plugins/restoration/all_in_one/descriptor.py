"""Repair of whatever is wrong, as tool list, form and model picker see it."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import Tool, param, provides
from plugins.restoration.common.keywords import DEBLUR, DEHAZE, DENOISE, DERAIN, JPEG, LOWLIGHT, UNDERWATER
from plugins.restoration.common.learnt import StrengthParams, provides_network

RECOGNISER = "restore.all_in_one_recogniser"
_WORDS = (*DENOISE, *JPEG, *DEBLUR, *DERAIN, *DEHAZE, *LOWLIGHT, *UNDERWATER)


class AllInOneParams(StrengthParams):
    """Parameters of the repair."""

    damage: Literal["automatic", "noise", "compression", "blur", "rain", "drops", "haze", "darkness", "water"] = param(
        "automatic", title="Damage",
        help="What is wrong with the photo; automatic finds it and says how sure that is.",
    )


verilens_tools = provides(__name__, Tool(
    id="restore.all_in_one", title="Repair what is wrong", kind="restoration", version="1.1",
    keywords=("repair", "restore", "fix", "improve", "auto", "automatic", "one click", "what is wrong",
              "reparieren", "verbessern", "restaurieren", "réparer", "améliorer", "restaurer", *_WORDS),
    summary="Finds out what is wrong with the photo, says how sure it is, and repairs it by the tool for that.",
    params=AllInOneParams, models=(RECOGNISER,), encoding="srgb", memory=12.0,
    sources=(
        "Li et al. 2022, All-in-one image restoration for unknown corruption, doi:10.1109/CVPR52688.2022.01693",
        "Mittal, Soundararajan, Bovik 2013, Making a “completely blind” image quality analyzer, "
        "doi:10.1109/LSP.2012.2227726",
    ),
))

verilens_models = provides_network(
    "restore_all_in_one", id=RECOGNISER, title="What is wrong with a photo",
    summary="Names what is wrong with {named_rightly:.0%} of photos rightly, among eight kinds of damage or none.",
)
