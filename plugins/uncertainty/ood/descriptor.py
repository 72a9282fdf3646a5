"""Out-of-distribution scores, as the tool list and the form see them."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import Params, Tool, param, provides
from plugins.uncertainty.common.inputs import KNOWN


class OodParams(Params):
    """Parameters of out-of-distribution scores."""

    score: Literal["combined", "softmax", "entropy", "energy", "mahalanobis", "nearest"] = param(
        "combined", title="Decided by", help=(
            "Which score decides: the confidence that is missing, the entropy, the energy of the logits, the distance "
            "from all known photos half-way through the network, that from the nearest ones further on, or three "
            "together."
    ))  # fmt: skip
    share: float = param(0.95, title="Known photos kept", ge=0.5, le=0.99, soft=(0.8, 0.99), step=0.01, help=(
        "Share of photos of its own kind that the model answers; more lets more strange ones pass."
    ))


verilens_tools = provides(__name__, Tool(
    id="uncertainty.ood", title="Does the model know such photos?", kind="uncertainty", version="1.1", params=OodParams,
    subjects=("classifier",), inputs=(KNOWN,), memory=8.0,
    keywords=("out of distribution", "unknown", "novel", "open set", "none of these", "strange", "anomaly", "trust"),
    summary="Says whether a photo is unlike those that a classifier knows, in which case its answer is none of these.",
    sources=(
        "Hendrycks, Gimpel 2017, A baseline for detecting misclassified and out-of-distribution examples in neural "
        "networks, arXiv:1610.02136",
        "Liu et al. 2020, Energy-based out-of-distribution detection, arXiv:2010.03759",
        "Lee et al. 2018, A simple unified framework for detecting out-of-distribution samples, arXiv:1807.03888",
        "Kamoi, Kobayashi 2020, Why is the Mahalanobis distance effective for anomaly detection?, arXiv:2003.00402",
        "Good 1955, On the weighted combination of significance tests, doi:10.1111/j.2517-6161.1955.tb00200.x",
        "Sun et al. 2022, Out-of-distribution detection with deep nearest neighbors, arXiv:2204.06507",
    ),
))
