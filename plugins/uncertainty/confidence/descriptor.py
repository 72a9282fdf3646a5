"""The plain question to a classifier, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Params, Tool, provides
from plugins.uncertainty.common.inputs import KNOWN

verilens_tools = provides(__name__, Tool(
    id="uncertainty.confidence", title="What does the model see?", kind="uncertainty", version="1.0", params=Params,
    subjects=("classifier",), inputs=(KNOWN,), memory=8.0,
    keywords=("recognise", "recognize", "classify", "what is this", "prediction", "confidence", "sure", "label"),
    summary="Asks a classifier once: its five likeliest answers, and how sure it is of the first.",
    sources=(
        "Hendrycks, Gimpel 2017, A baseline for detecting misclassified and out-of-distribution examples in neural "
        "networks, arXiv:1610.02136",
        "Liu et al. 2020, Energy-based out-of-distribution detection, arXiv:2010.03759",
    ),
))
