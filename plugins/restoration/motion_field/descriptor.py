"""Deblurring by the motion of every pixel, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Params, Tool, param, provides
from plugins.restoration.common.keywords import SHAKE
from plugins.restoration.common.learnt import provides_network
from plugins.restoration.common.params import WHITE_NOISE_OF

NETWORK = "deblur.motion_net"


class MotionFieldParams(Params):
    """Parameters of deblurring by the motion of every pixel."""

    smoothness: float = param(
        0.03, title="Smoothness of the motion", ge=0.0, le=1.0, soft=(0.0, 0.2), step=0.01,
        help="How alike neighbouring places move; more bridges places without texture, and blurs the border of what "
        "moved alone. 0 asks each place by itself.",
    )
    sigma: float | None = param(None, title="Noise σ", unit="levels", ge=0, le=100, soft=(0, 20), step=0.5, help=(
        "Standard deviation of the noise; more leaves the picture softer and with less ringing. Estimated when not "
        "given."
    ))


verilens_tools = provides(__name__, Tool(
    id="deblur.motion_field", title="Motion field", kind="restoration", version="1.0",
    params=MotionFieldParams, prepare=WHITE_NOISE_OF, models=(NETWORK,), memory=24.0,
    keywords=(*SHAKE, "moving object", "panning"),
    summary="Finds out which way every part of the photo moved, shows it, and takes that motion away.",
    sources=(
        "Sun, Cao, Xu, Ponce 2015, Learning a convolutional neural network for non-uniform motion blur removal, "
        "arXiv:1503.00593",
        "Krishnan, Fergus 2009, Fast image deconvolution using hyper-Laplacian priors, https://papers.nips.cc/paper/3707",
    ),
))

verilens_models = provides_network(
    "motion_field", id=NETWORK, title="Motion of every pixel",
    summary="Tells motions within {motion_error:.1f} px on photos that it never saw, as a median.",
)
