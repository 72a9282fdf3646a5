"""Monte Carlo dropout, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Params, Tool, param, provides
from plugins.uncertainty.common.inputs import KNOWN


class McDropoutParams(Params):
    """Parameters of Monte Carlo dropout."""

    passes: int = param(30, title="Passes", ge=2, le=1000, soft=(5, 100), help=(
        "How often it is asked, each time with other units dropped; more gives steadier figures."
    ))
    is_mapped: bool = param(True, title="Map too", help=(
        "Whether to find the pixels that the doubt hangs on, which takes twice as long again as the passes."
    ))


verilens_tools = provides(__name__, Tool(
    id="uncertainty.mc_dropout", title="Monte Carlo dropout", kind="uncertainty", version="1.1", params=McDropoutParams,
    subjects=("classifier", "restoration"), usual_model="classify.cifar10_dropout", inputs=(KNOWN,), stochastic=True,
    memory=12.0,
    keywords=("sure", "doubt", "confidence", "entropy", "trust"),
    summary="Asks a classifier or a restoring network many times, parts of it switched off, and shows how sure it is.",
    sources=(
        "Gal, Ghahramani 2016, Dropout as a Bayesian approximation, arXiv:1506.02142",
        "Kendall, Gal 2017, What uncertainties do we need in Bayesian deep learning for computer vision?, "
        "arXiv:1703.04977",
        "Houlsby et al. 2011, Bayesian active learning for classification, arXiv:1112.5745",
    ),
))
