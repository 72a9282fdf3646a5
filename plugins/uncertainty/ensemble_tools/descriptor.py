"""Disagreement of restorations, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Params, Tool, provides

verilens_tools = provides(__name__, Tool(
    id="uncertainty.ensemble_tools", title="Disagreement of tools", kind="uncertainty", version="1.0", params=Params,
    subjects=("restorations",), memory=16.0,
    keywords=("disagreement", "several tools", "compare", "ensemble", "doubt"),
    summary="Restores the photo with several tools, gives their mean, and shows where they disagree.",
    sources=(
        "Lakshminarayanan, Pritzel, Blundell 2017, Simple and scalable predictive uncertainty estimation using deep "
        "ensembles, arXiv:1612.01474",
    ),
))
