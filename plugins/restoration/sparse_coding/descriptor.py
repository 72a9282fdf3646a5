"""Sparse-coding denoising, as the tool list and the form see it."""

from __future__ import annotations

from typing import Literal

from desktop_app.api import Tool, param, provides
from plugins.restoration.common.keywords import DENOISE
from plugins.restoration.common.params import NoiseParams

PATCH = 8
"""Side of a patch in pixels; a pixel looks to the ends of the patches that hold it."""


class SparseParams(NoiseParams):
    """Parameters of sparse-coding denoising."""

    solver: Literal["omp", "lasso"] = param("omp", title="Solver", help=(
        "Matching pursuit takes the best building block, then the next; the Lasso weighs all of them together."
    ))
    dictionary: Literal["dct", "learnt"] = param("learnt", title="Dictionary", help=(
        "Cosines serve every photo at once; a dictionary learnt from the photo keeps its texture better."
    ))
    gain: float = param(
        1.15, title="Tolerance", ge=0.8, le=2, soft=(1, 1.4), step=0.01, advanced=True, when={"solver": ["omp"]},
        help="Of matching pursuit: how far a patch may stay from what was taken, as a multiple of the noise; more is "
        "smoother.",
    )
    penalty: float = param(
        3.0, title="Penalty", ge=0.2, le=10, soft=(2, 4), step=0.1, advanced=True, when={"solver": ["lasso"]},
        help="Of the Lasso: how strong a building block must be to be used, as a multiple of the noise; more is "
        "smoother.",
    )
    iterations: int = param(
        15, title="Iterations", ge=1, le=500, soft=(5, 50), advanced=True, when={"solver": ["lasso"]},
        help="Of the Lasso: more come closer to its solution and take longer.",
    )


verilens_tools = provides(__name__, Tool(
    id="denoise.sparse", title="Sparse coding", kind="restoration", version="1.1", params=SparseParams,
    prepare=".algorithm:prepare", reach=PATCH - 1, align=2, discrete=True, memory=28.0,
    keywords=DENOISE,
    summary="Rebuilds every small patch of the photo from few building blocks; noise would need many.",
    sources=(
        "Elad, Aharon 2006, Image denoising via sparse and redundant representations over learned "
        "dictionaries, doi:10.1109/TIP.2006.881969",
        "Pati, Rezaiifar, Krishnaprasad 1993, Orthogonal matching pursuit, doi:10.1109/ACSSC.1993.342465",
        "Tibshirani 1996, Regression shrinkage and selection via the Lasso, "
        "doi:10.1111/j.2517-6161.1996.tb02080.x",
        "Beck, Teboulle 2009, A fast iterative shrinkage-thresholding algorithm, doi:10.1137/080716542",
    ),
))
