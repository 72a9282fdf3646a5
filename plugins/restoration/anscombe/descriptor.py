"""The generalised Anscombe transform around a denoiser, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Params, Tool, param, provides
from plugins.restoration.common.keywords import DENOISE


class AnscombeParams(Params):
    """Parameters of noise that grows with brightness."""

    gain: float | None = param(None, title="Gain", unit="levels", ge=0, le=255, soft=(0, 30), step=0.1, help=(
        "Brightness of one photon: how fast the noise's variance grows with brightness; more smooths bright areas "
        "more. Estimated when not given."
    ))
    sigma: float | None = param(
        None, title="Noise σ at black", unit="levels", ge=0, le=255, soft=(0, 50), step=0.5,
        help="Standard deviation of the noise at black; more smooths dark areas more. Estimated when not given.",
    )


verilens_tools = provides(__name__, Tool(
    id="denoise.anscombe", title="Photon noise (Anscombe)", kind="restoration", version="1.0", params=AnscombeParams,
    subjects=("restoration",), discrete=True, memory=14.0,
    keywords=DENOISE,
    summary="Lets any denoiser remove noise that grows with brightness, as that of photons does.",
    sources=(
        "Starck, Murtagh, Bijaoui 1998, Image processing and data analysis, doi:10.1017/CBO9780511564352",
        "Mäkitalo, Foi 2011, A closed-form approximation of the exact unbiased inverse of the Anscombe "
        "variance-stabilizing transformation, doi:10.1109/TIP.2011.2121085",
        "Mäkitalo, Foi 2013, Optimal inversion of the generalized Anscombe transformation for Poisson-Gaussian "
        "noise, doi:10.1109/TIP.2012.2202675",
        "Foi, Trimeche, Katkovnik, Egiazarian 2008, Practical Poissonian-Gaussian noise modeling and fitting "
        "for single-image raw-data, doi:10.1109/TIP.2008.2001399",
    ),
))
