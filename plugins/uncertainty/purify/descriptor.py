"""Restoring before classifying, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import Params, Tool, param, provides


class PurifyParams(Params):
    """Parameters of restoring before classifying."""

    eps: float = param(4.0, title="Change allowed", unit="levels", ge=0, le=255, soft=(0, 16), step=0.5, help=(
        "How far the attack that tries the defence may change each value of the photo."
    ))
    steps: int = param(10, title="Steps", ge=1, le=1000, soft=(5, 100), help=(
        "Steps of that attack; more try the defence harder, and take longer."
    ))
    draws: int = param(1, title="Draws", ge=1, le=100, soft=(1, 16), help=(
        "How often a restoration that works by chance is asked for each answer."
    ))


verilens_tools = provides(__name__, Tool(
    id="defend.purify", title="Restored before it is classified", kind="uncertainty", version="1.0",
    params=PurifyParams, subjects=("classifier+restoration",), stochastic=True, discrete=True, memory=24.0,
    keywords=("defence", "robust", "purification", "adversarial", "denoise first", "clean", "protect", "adaptive"),
    summary="Asks a classifier about the restored photo, and tries whether that helps against who knows of it.",
    sources=(
        "Guo et al. 2018, Countering adversarial images using input transformations, arXiv:1711.00117",
        "Athalye, Carlini, Wagner 2018, Obfuscated gradients give a false sense of security, arXiv:1802.00420",
        "Tramèr et al. 2020, On adaptive attacks to adversarial example defenses, arXiv:2002.08347",
    ),
))
