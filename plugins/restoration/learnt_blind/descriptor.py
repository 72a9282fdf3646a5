"""Blind deblurring with learnt features, as tool list, form and model picker see it."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import Model, Tool, hookimpl, param, provides
from plugins.restoration.common.blind_params import LAST_STEP, BlindParams
from plugins.restoration.common.keywords import SHAKE
from plugins.restoration.common.learnt import network_model
from plugins.restoration.common.params import WHITE_NOISE_OF

NETWORKS = {"anything": "deblur.learnt_blind_net", "text": "deblur.learnt_blind_text_net"}


class LearntBlindParams(BlindParams):
    """Parameters of blind deblurring with learnt features."""

    content: Literal["anything", "text"] = param("anything", title="Content", help=(
        "What the photo shows: a network that learnt from photos of anything, or one that learnt from pages of text "
        "alone and finds the blur of a page more surely."
    ))


verilens_tools = provides(__name__, Tool(
    id="deblur.learnt_blind", title="Blind deblur (learnt)", kind="restoration", version="1.0",
    params=LearntBlindParams, prepare=WHITE_NOISE_OF, models=tuple(NETWORKS.values()), memory=24.0,
    keywords=(*SHAKE, "text", "document", "page"),
    summary="Finds out how the camera shook by features that a network has learnt, and takes the blur away.",
    sources=(
        "Schuler, Hirsch, Harmeling, Schölkopf 2016, Learning to deblur, arXiv:1406.7444",
        "Cho, Lee 2009, Fast motion deblurring, doi:10.1145/1618452.1618491",
        LAST_STEP,
    ),
))


@hookimpl
def verilens_models() -> list[Model]:
    """Return the tool's networks; the figures are those of their model cards.

    Raises
    ------
    InputError
        If the installation lacks a card or weights.
    """
    summary = "Shaken pictures of {given:.1f} dB come out at {restored:.1f} dB."
    return [
        network_model("learnt_blind", id=NETWORKS["anything"], title="Features of a blur", summary=summary),
        network_model("learnt_blind_text", id=NETWORKS["text"], title="Features of a blur, text", summary=summary),
    ]
