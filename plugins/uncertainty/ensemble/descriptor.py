"""An ensemble of classifiers, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Params, Tool, provides
from plugins.uncertainty.common.inputs import KNOWN

verilens_tools = provides(__name__, Tool(
    id="uncertainty.ensemble", title="Ensemble of models", kind="uncertainty", version="1.0", params=Params,
    subjects=("classifiers",), inputs=(KNOWN,), memory=8.0,
    keywords=("ensemble", "committee", "vote", "several models", "disagreement", "doubt"),
    summary="Asks several classifiers of the same classes, and shows where they disagree.",
    sources=(
        "Lakshminarayanan, Pritzel, Blundell 2017, Simple and scalable predictive uncertainty estimation using deep "
        "ensembles, arXiv:1612.01474",
    ),
))
