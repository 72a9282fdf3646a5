"""The Laplace approximation of the last layer, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Params, Tool, param, provides
from plugins.uncertainty.common.inputs import KNOWN


class LaplaceParams(Params):
    """Parameters of the Laplace approximation."""

    samples: int = param(100, title="Draws", ge=2, le=10_000, soft=(10, 500), log=True, help=(
        "How many last layers are drawn that explain the known photos about as well; more gives steadier figures."
    ))
    prior: float | None = param(None, title="Prior precision", none="fitted", ge=1e-6, le=1e9, log=True, advanced=True,
        help=(
            "How firmly the last layer is held to its trained weights: more leaves less doubt. Fitted to the known "
            "photos when none is given."
    ))  # fmt: skip


verilens_tools = provides(__name__, Tool(
    id="uncertainty.laplace", title="Laplace's last layer", kind="uncertainty", version="1.0", params=LaplaceParams,
    subjects=("classifier",), inputs=(KNOWN,), stochastic=True, memory=12.0,
    keywords=("bayesian", "posterior", "laplace", "doubt", "confidence"),
    summary="Asks a classifier with the last layers that it might as well have learnt, and shows how far they differ.",
    sources=(
        "Ritter, Botev, Barber 2018, A scalable Laplace approximation for neural networks, "
        "https://openreview.net/forum?id=Skdvd2xAZ",
        "Kristiadi, Hein, Hennig 2020, Being Bayesian, even just a bit, fixes overconfidence in ReLU networks, "
        "arXiv:2002.10118",
        "Daxberger et al. 2021, Laplace redux: effortless Bayesian deep learning, arXiv:2106.14806",
    ),
))
