"""Fewer pixels, as the tool list and the form see it."""

from __future__ import annotations

from fractions import Fraction

from desktop_app.api import Params, Tool, param, provides


class DownsampleParams(Params):
    """Parameters of a smaller photo."""

    factor: int = param(2, title="Factor", unit="×", ge=1, le=16, help=(
        "How many times smaller the photo gets, each way; more is smaller."
    ))


def scale(params: DownsampleParams) -> Fraction:
    """Return the output's size over the input's."""
    return Fraction(1, params.factor)


verilens_tools = provides(__name__, Tool(
    id="degrade.downsample", title="Fewer pixels", kind="degradation", version="1.0", params=DownsampleParams,
    scale=scale, differentiable=True, memory=4.0,
    summary="Makes the photo smaller as super-resolution methods expect it: bicubic, without false patterns.",
    sources=("Keys 1981, Cubic convolution interpolation, doi:10.1109/TASSP.1981.1163711",),
))
