"""Wiener's filter, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Tool, param, provides
from plugins.restoration.common.blurs import KERNEL_INPUT, DeblurParams
from plugins.restoration.common.keywords import DEBLUR


class WienerParams(DeblurParams):
    """Parameters of Wiener's filter."""

    strength: float = param(1.0, title="Smoothing", ge=0.01, le=100, soft=(0.1, 10), step=0.1, log=True, help=(
        "Multiple of the noise that the filter reckons with; more leaves less noise and less sharpness."
    ))


verilens_tools = provides(__name__, Tool(
    id="deblur.wiener", title="Wiener filter", kind="restoration", version="1.0", params=WienerParams,
    inputs=(KERNEL_INPUT,), memory=9.0,
    keywords=DEBLUR,
    summary="Undoes a known blur at once, each frequency as far as it stands out of the noise.",
    sources=(
        "Wiener 1949, Extrapolation, Interpolation, and Smoothing of Stationary Time Series, MIT Press",
        "Field 1987, Relations between the statistics of natural images and the response properties of "
        "cortical cells, doi:10.1364/JOSAA.4.002379",
        "Whittle 1953, Estimation and information in stationary time series, doi:10.1007/BF02590998",
        "Reeves 2005, Fast image restoration without boundary artifacts, doi:10.1109/TIP.2005.854474",
    ),
))
