"""Attribution maps, as the tool list and the form see them."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import Params, Tool, param, provides
from plugins.uncertainty.common.inputs import KNOWN


class AttributionParams(Params):
    """Parameters of attribution maps."""

    method: Literal["gradients", "integrated", "occlusion", "gradcam"] = param("integrated", title="Method", help=(
        "Slopes of the answer, slopes summed on the way from grey to the photo, what hiding a part takes from the "
        "answer, or where the last convolution finds what speaks for it."
    ))
    copies: int = param(6, title="Noisy copies", ge=2, le=200, soft=(2, 30), help=(
        "Over how many copies with a little noise the map is averaged; more gives a smoother map, and says "
        "better how sure it is."
    ))
    noise: float = param(8.0, title="Noise", unit="levels", ge=0, le=64, soft=(0, 30), step=1, help=(
        "Strength of the copies' noise; more smooths the map and moves it away from this very photo."
    ))
    steps: int = param(12, title="Steps", ge=2, le=500, soft=(8, 64), when={"method": ["integrated"]}, help=(
        "Between grey and the photo; more makes the map sum up to the answer."
    ))
    parts: int = param(8, title="Parts a side", ge=2, le=64, soft=(4, 16), when={"method": ["occlusion"]}, help=(
        "Into how many parts each side is cut that are hidden one by one; more shows finer detail."
    ))
    of_class: str | int | None = param(None, title="Class", none="the answer", help=(
        "Name or index of the class whose evidence is shown; the model's own answer when none is given."
    ))


verilens_tools = provides(__name__, Tool(
    id="uncertainty.attribution", title="What speaks for the answer?", kind="uncertainty", version="1.0",
    params=AttributionParams, subjects=("classifiers",), inputs=(KNOWN,), stochastic=True, memory=40.0,
    keywords=("explain", "why", "saliency", "heatmap", "attention", "grad-cam", "occlusion", "attribution"),
    summary="Shows which parts of the photo speak for a classifier's answer, how sure that is, and whether it depends "
            "on what the model has learnt; several models side by side.",
    sources=(
        "Simonyan, Vedaldi, Zisserman 2014, Deep inside convolutional networks, arXiv:1312.6034",
        "Smilkov et al. 2017, SmoothGrad: removing noise by adding noise, arXiv:1706.03825",
        "Sundararajan, Taly, Yan 2017, Axiomatic attribution for deep networks, arXiv:1703.01365",
        "Zeiler, Fergus 2014, Visualizing and understanding convolutional networks, arXiv:1311.2901",
        "Selvaraju et al. 2017, Grad-CAM: visual explanations from deep networks, arXiv:1610.02391",
        "Adebayo et al. 2018, Sanity checks for saliency maps, arXiv:1810.03292",
    ),
))
