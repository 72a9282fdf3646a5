"""The variance that a restoration gives of itself, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Params, Tool, provides

verilens_tools = provides(__name__, Tool(
    id="uncertainty.heteroscedastic", title="What the network expects", kind="uncertainty", version="1.0",
    params=Params, subjects=("restoration",), memory=12.0,
    keywords=("variance", "aleatoric", "noise", "expected error", "doubt", "trust"),
    summary="Shows how far a network that learnt its own error expects to be off, from what is lost in the photo.",
    sources=(
        "Kendall, Gal 2017, What uncertainties do we need in Bayesian deep learning for computer vision?, "
        "arXiv:1703.04977",
    ),
))
