"""What every method for a known blur asks for: the kernel, given or made. Imports no torch."""

from __future__ import annotations

from typing import Literal

from desktop_app.api.descriptors import InputSpec
from desktop_app.api.params import Params, param

KERNEL_INPUT = InputSpec(
    "kernel", "kernel",
    "Picture of how a point of light was spread, its centre in the middle; in its place the parameters make one.",
)


class BlurParams(Params):
    """The shape of a blur, for want of its kernel; `plugins.restoration.common.deblurring.kernels_for` reads them."""

    shape: Literal["motion", "defocus", "gaussian"] = param("motion", title="Blur", when={"kernel": [None]}, help=(
        "What kind of blur is undone when no kernel is given: a straight motion, a lens out of focus, a soft one."
    ))
    length: float = param(
        9.0, title="Motion length", unit="px", ge=1, le=500, soft=(1, 60), step=0.5, when={"shape": ["motion"]},
        help="How far the camera moved during the exposure; too long leaves echoes beside edges.",
    )
    angle: float = param(
        0.0, title="Motion angle", unit="°", ge=-180, le=180, step=1, when={"shape": ["motion"]},
        help="Direction of the motion, counter-clockwise from the right; raising it turns the motion to the left.",
    )
    radius: float = param(
        3.0, title="Defocus radius", unit="px", ge=0, le=200, soft=(0, 20), step=0.25, when={"shape": ["defocus"]},
        help="Radius of the disc into which the lens spread a point; too large leaves rings around edges.",
    )
    spread: float = param(
        1.5, title="Gaussian spread", unit="px", ge=0, le=100, soft=(0, 10), step=0.1, when={"shape": ["gaussian"]},
        help="Standard deviation of the Gaussian blur; too large leaves rings around edges.",
    )


class DeblurParams(BlurParams):
    """What every method that undoes a known blur asks for."""

    sigma: float | None = param(None, title="Noise σ", unit="levels", ge=0, le=255, soft=(0, 25), step=0.25, help=(
        "Standard deviation of the noise in the blurred photo; more gives a smoother, less sharp result. "
        "Estimated when not given."
    ))


class SolvedDeblurParams(DeblurParams):
    """The same for methods that search step by step for a photo with few and strong edges."""

    strength: float = param(1.0, title="Smoothing", ge=0.01, le=100, soft=(0.1, 10), step=0.1, log=True, help=(
        "Weight of smoothness against the photo; more flattens fine texture and noise between sharp edges."
    ))
    iterations: int = param(
        30, title="Iterations", unit="steps", ge=1, le=500, soft=(10, 100), step=1, advanced=True,
        help="Steps of the solver; more come closer to the minimum, with crisper edges, and take longer.",
    )
