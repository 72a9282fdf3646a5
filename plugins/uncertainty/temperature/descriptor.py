"""Temperature scaling, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Params, Tool, param, provides
from plugins.uncertainty.common.inputs import KNOWN


class TemperatureParams(Params):
    """Parameters of temperature scaling."""

    temperature: float | None = param(None, title="Temperature", none="fitted", ge=0.05, le=20, soft=(0.5, 4), log=True,
        help=(
            "What the logits are divided by: above 1 the model becomes more modest. Fitted to the known photos when "
            "none is given."
    ))  # fmt: skip


verilens_tools = provides(__name__, Tool(
    id="uncertainty.temperature", title="Confidence made to fit", kind="uncertainty", version="1.0",
    params=TemperatureParams, subjects=("classifier",), inputs=(KNOWN,), memory=8.0,
    keywords=("calibration", "temperature", "scaling", "overconfident", "confidence", "sure"),
    summary="Asks a classifier, with its confidence scaled so that it was right as often as it was sure.",
    sources=("Guo, Pleiss, Sun, Weinberger 2017, On calibration of modern neural networks, arXiv:1706.04599",),
))
