"""Deblurring by total variation, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Tool, provides
from plugins.restoration.common.blurs import KERNEL_INPUT, SolvedDeblurParams
from plugins.restoration.common.keywords import DEBLUR

verilens_tools = provides(__name__, Tool(
    id="deblur.tv", title="Total variation (deblurring)", kind="restoration", version="1.0", params=SolvedDeblurParams,
    inputs=(KERNEL_INPUT,), memory=13.0,
    keywords=DEBLUR,
    summary="Undoes a known blur and keeps edges sharp and areas between them smooth.",
    sources=(
        "Rudin, Osher 1994, Total variation based image restoration with free local constraints, "
        "doi:10.1109/ICIP.1994.413269",
        "Wang, Yang, Yin, Zhang 2008, A new alternating minimization algorithm for total variation image "
        "reconstruction, doi:10.1137/080724265",
        "Almeida, Figueiredo 2013, Deconvolving images with unknown boundaries using the alternating direction "
        "method of multipliers, doi:10.1109/TIP.2013.2258354",
    ),
))
