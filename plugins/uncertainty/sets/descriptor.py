"""Conformal sets of classes, as the tool list and the form see them."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import Params, Tool, param, provides
from plugins.uncertainty.common.inputs import KNOWN


class SetsParams(Params):
    """Parameters of conformal sets."""

    alpha: float = param(0.1, title="May be missed, α", ge=0.005, le=0.5, soft=(0.02, 0.2), step=0.01, help=(
        "Share of photos whose right class may be missing from the set; less makes the sets larger."
    ))
    method: Literal["raps", "aps"] = param("raps", title="Method", help=(
        "APS takes classes in the order of their probability until enough is gathered; RAPS counts late ones dearer, "
        "for smaller sets."
    ))


verilens_tools = provides(__name__, Tool(
    id="uncertainty.sets", title="Set of classes that holds", kind="uncertainty", version="1.1", params=SetsParams,
    subjects=("classifier",), inputs=(KNOWN,), memory=8.0,
    keywords=("conformal", "set", "guarantee", "coverage", "which classes", "trust"),
    summary="Gives the classes among which the right one is as often as stated.",
    sources=(
        "Romano, Sesia, Candès 2020, Classification with valid and adaptive coverage, arXiv:2006.02544",
        "Angelopoulos, Bates, Malik, Jordan 2021, Uncertainty sets for image classifiers using conformal prediction, "
        "arXiv:2009.14193",
    ),
))
