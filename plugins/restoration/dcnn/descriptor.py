"""Deconvolution by a network for the kernel in hand, as tool list, form and model picker see it."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import Tool, param, provides
from plugins.restoration.common.blurs import KERNEL_INPUT, DeblurParams
from plugins.restoration.common.keywords import DEBLUR
from plugins.restoration.common.learnt import StrengthParams, provides_network

NETWORK = "deblur.dcnn_net"


class DcnnParams(StrengthParams, DeblurParams):
    """Parameters of deconvolution by a network."""

    tuning: int = param(0, title="Tuning", unit="steps", ge=0, le=300, soft=(0, 300), step=10, help=(
        "For how many steps the network first learns this very blur, on the photo's own content at half the size; more "
        "suits the kernel better and takes longer: a hundred take about a minute. 0 takes the network as it is."
    ))
    filters: Literal["exact", "separable"] = param("exact", title="Filters", advanced=True, help=(
        "How the blur is undone before the network. Exact: the whole inverse filter at once. Separable: its strongest "
        "parts, each a column times a row of some hundred pixels, as in the paper; less exact where noise is low."
    ))


verilens_tools = provides(__name__, Tool(
    id="deblur.dcnn", title="Deconvolution network", kind="restoration", version="1.0", params=DcnnParams,
    inputs=(KERNEL_INPUT,), models=(NETWORK,), memory=40.0,
    keywords=DEBLUR,
    summary="Undoes a known blur with large filters, and lets a network take away the ripples that they leave.",
    sources=(
        "Xu, Ren, Liu, Jia 2014, Deep convolutional neural network for image deconvolution, "
        "https://papers.nips.cc/paper/5485",
        "Schuler, Burger, Harmeling, Schölkopf 2013, A machine learning approach for non-blind image deconvolution, "
        "doi:10.1109/CVPR.2013.142",
        "Wiener 1949, Extrapolation, Interpolation, and Smoothing of Stationary Time Series, MIT Press",
    ),
))

verilens_models = provides_network(
    "deblur_dcnn", id=NETWORK, title="After deconvolution",
    summary="Photos that Wiener's filter brings to {given:.1f} dB come out at {restored:.1f} dB.",
)
