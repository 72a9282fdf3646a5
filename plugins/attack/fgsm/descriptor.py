"""The fast gradient sign method, as the tool list and the form see it."""

from __future__ import annotations

from desktop_app.api import AttackParams, Tool, provides

verilens_tools = provides(__name__, Tool(
    id="attack.fgsm", title="Fast gradient sign", kind="attack", version="1.0", params=AttackParams,
    subjects=("classifier",), memory=12.0, keywords=("fool", "adversarial", "quick", "one step"),
    summary="Moves every pixel one step by the sign of the model's gradient: quick, and the weakest of the attacks.",
    sources=("Goodfellow, Shlens, Szegedy 2015, Explaining and harnessing adversarial examples, arXiv:1412.6572",),
))
