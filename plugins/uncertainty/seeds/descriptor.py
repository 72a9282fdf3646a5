"""The spread over seeds, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Params, Tool, param, provides


class SeedsParams(Params):
    """Parameters of the spread over seeds."""

    runs: int = param(8, title="Runs", ge=2, le=256, soft=(4, 32), help=(
        "How often the photo is restored, each time from another seed; more gives a steadier map and takes longer."
    ))


verilens_tools = provides(__name__, Tool(
    id="uncertainty.seeds", title="Spread over seeds", kind="uncertainty", version="1.0", params=SeedsParams,
    subjects=("restoration",), stochastic=True, memory=12.0,
    keywords=("random", "seed", "sampling", "generative", "made up", "doubt", "spread"),
    summary="Restores the photo several times with a tool that draws at random, and shows where the draws differ.",
    sources=(
        "Lugmayr et al. 2020, SRFlow: Learning the super-resolution space with normalizing flow, arXiv:2006.14200",
        "Welford 1962, Note on a method for calculating corrected sums of squares, "
        "doi:10.1080/00401706.1962.10490022",
    ),
))
