"""Conformal intervals, as the tool list and the form see them."""

from __future__ import annotations

from desktop_app.api import InputSpec, Params, Tool, param, provides


class ConformalParams(Params):
    """Parameters of conformal intervals."""

    alpha: float = param(0.1, title="May be missed, α", ge=0.01, le=0.5, soft=(0.05, 0.2), step=0.01, help=(
        "Share of true values that may lie outside; less makes the interval wider."
    ))
    delta: float | None = param(None, title="May fail, δ", none="on average", ge=0.01, le=0.5, soft=(0.05, 0.2),
        step=0.01, help=(
            "Not given, the share that is missed is α on average over photos. Given, it is at most α with probability "
            "1 - δ over the photos that the width was set on; less makes the interval wider."
    ))  # fmt: skip


verilens_tools = provides(__name__, Tool(
    id="uncertainty.conformal", title="Interval that holds", kind="uncertainty", version="1.1", params=ConformalParams,
    subjects=("restoration",), memory=40.0,
    inputs=(InputSpec("calibration", "calibration", (
        "The calibration.tif that evaluating the same tool on photos with a known truth has written; without one, the "
        "bundled calibration of the usual denoisers."
    )),),
    keywords=("interval", "error bars", "guarantee", "coverage", "trust", "conformal", "confidence"),
    summary="Restores the photo and gives bounds between which a stated share of the true values lies.",
    sources=(
        "Angelopoulos, Bates, Fisch, Lei, Schuster 2022, Conformal risk control, arXiv:2208.02814",
        "Bates, Angelopoulos, Lei, Malik, Jordan 2021, Distribution-free, risk-controlling prediction sets, "
        "arXiv:2101.02703",
        "Angelopoulos et al. 2022, Image-to-image regression with distribution-free uncertainty quantification, "
        "arXiv:2202.05265",
        "Waudby-Smith, Ramdas 2023, Estimating means of bounded random variables by betting, arXiv:2010.09686",
    ),
))
