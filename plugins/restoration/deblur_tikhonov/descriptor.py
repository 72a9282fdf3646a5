"""Tikhonov's deblurring, as the tool list and the form see it."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import Tool, param, provides
from plugins.restoration.common.blurs import KERNEL_INPUT, DeblurParams
from plugins.restoration.common.keywords import DEBLUR


class TikhonovParams(DeblurParams):
    """Parameters of Tikhonov's deblurring."""

    penalty: Literal["size", "slope", "bend"] = param("bend", title="Keeps small", help=(
        "What is kept small where the photo does not say: values, differences of neighbours, or their changes."
    ))
    weight: float | None = param(None, title="Weight λ", ge=0, le=1000, soft=(0.0001, 1), log=True, help=(
        "Weight of what is kept small against the photo; more is smoother. Chosen from the noise when not given."
    ))


verilens_tools = provides(__name__, Tool(
    id="deblur.tikhonov", title="Tikhonov", kind="restoration", version="1.0", params=TikhonovParams,
    inputs=(KERNEL_INPUT,), memory=10.0,
    keywords=DEBLUR,
    summary="Undoes a known blur by the smoothest photo that explains the blurred one.",
    sources=(
        "Tikhonov 1963, Solution of incorrectly formulated problems and the regularization method, "
        "Soviet Mathematics Doklady 4, 1035",
        "Mallows 1973, Some comments on C_p, doi:10.1080/00401706.1973.10489103",
        "Reeves 2005, Fast image restoration without boundary artifacts, doi:10.1109/TIP.2005.854474",
    ),
))
