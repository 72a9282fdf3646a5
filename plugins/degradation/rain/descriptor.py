"""Rain, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Params, Tool, param, provides


class RainParams(Params):
    """Parameters of rain."""

    amount: float = param(4.0, title="Amount", unit="‰", ge=0, le=100, soft=(0, 20), step=0.5, help=(
        "How many streaks begin among a thousand pixels; more is heavier rain."
    ))
    length: float = param(25.0, title="Length", unit="px", ge=1, le=200, soft=(5, 80), step=1, help=(
        "Of the nearest streaks, which a longer exposure draws out; more is longer."
    ))
    slant: float = param(15.0, title="Slant", unit="°", ge=-80, le=80, step=5, help=(
        "How far the streaks lean from the vertical; more leans further to the right at the top."
    ))
    brightness: float = param(130.0, title="Brightness", unit="levels", ge=0, le=255, step=5, help=(
        "Light of the brightest streaks; more is whiter."
    ))
    width: float = param(0.6, title="Width", unit="px", ge=0, le=10, soft=(0, 3), step=0.1, advanced=True, help=(
        "Spread of a streak across; more is thicker."
    ))


verilens_tools = provides(__name__, Tool(
    id="degrade.rain", title="Rain", kind="degradation", version="1.0", params=RainParams, stochastic=True, memory=6.0,
    summary="Draws rain over the photo: long bright streaks nearby, short faint ones behind.",
    sources=(
        "Garg, Nayar 2007, Vision and rain, doi:10.1007/s11263-006-0028-6",
        "Li et al. 2016, Rain streak removal using layer priors (its model), doi:10.1109/CVPR.2016.299",
    ),
))
