"""What all methods of blind deblurring let a user set. Imports no torch, for descriptors."""

from __future__ import annotations

from desktop_app.api.params import Params, param
from plugins.restoration.common.params import OddOrNone

LAST_STEP = "Krishnan, Fergus 2009, Fast image deconvolution using hyper-Laplacian priors, https://papers.nips.cc/paper/3707"
"""The source of how the photo is sharpened once its kernel is found."""


class BlindParams(Params):
    """Size of the kernel to look for, how the photo is sharpened with it, and what becomes of sharp photos."""

    kernel_size: OddOrNone = param(None, title="Kernel size", unit="px", ge=5, le=121, soft=(9, 61), step=2, help=(
        "Side of the square in which the blur is looked for, an odd number: somewhat more than the blur is long. "
        "A larger one finds longer shakes, takes longer, and may leave ghosts of edges. Found when not given."
    ))
    skip_sharp: bool = param(False, title="Skip sharp photos", help=(
        "Whether photos that look sharp already are left as they are: for many photos at once, of which some are."
    ))
    sigma: float | None = param(None, title="Noise σ", unit="levels", ge=0, le=100, soft=(0, 20), step=0.5, help=(
        "Standard deviation of the noise, for the last step; more leaves the picture softer and with less "
        "ringing. Estimated when not given."
    ))
    turns: int = param(5, title="Turns", unit="steps", ge=1, le=20, advanced=True, help=(
        "How often picture and kernel are guessed at each scale; more can follow an odd shake and takes longer."
    ))


class EdgePriceParams(BlindParams):
    """The same for methods that look for few and strong edges."""

    edge_price: float = param(
        0.008, title="Price of an edge", ge=1e-4, le=0.1, soft=(1e-3, 0.03), log=True, advanced=True,
        help="How strong an edge has to be to help find the blur; more trusts only the strongest, for noisy photos.",
    )
