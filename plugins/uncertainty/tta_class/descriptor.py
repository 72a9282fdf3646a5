"""Test-time augmentation of a classifier, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Params, Tool, param, provides
from plugins.uncertainty.common.inputs import KNOWN


class TtaClassParams(Params):
    """Parameters of test-time augmentation of a classifier."""

    shift: int = param(2, title="Moves", unit="px", ge=0, le=64, soft=(0, 8), step=1, help=(
        "How far the photo is moved each way, with its border repeated; more asks for more steadiness."
    ))
    is_mirrored: bool = param(True, title="Mirrored too", help="Whether each is asked about mirrored as well.")


verilens_tools = provides(__name__, Tool(
    id="uncertainty.tta_class", title="Test-time augmentation of a model", kind="uncertainty", version="1.0",
    params=TtaClassParams, subjects=("classifier",), inputs=(KNOWN,), memory=8.0,
    keywords=("tta", "steady", "mirror", "doubt", "trust"),
    summary="Asks a classifier about the photo moved and mirrored, and shows how far its answers differ.",
    sources=(
        "Ayhan, Berens 2018, Test-time data augmentation for estimation of heteroscedastic aleatoric uncertainty in "
        "deep neural networks, https://openreview.net/forum?id=rJZz-knjz",
    ),
))
