"""One look at a classifier's logits: the answer, and three ways of saying how sure it is.

The largest softmax probability (Hendrycks, Gimpel 2017), its lead over the second, the entropy, and the free energy
``-log Σ exp(logit)`` (Liu 2020, eq. 4 at temperature 1), which is low where the model finds much that it knows.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from desktop_app.api import Params, Result, Run
from plugins.uncertainty.common.guard import guarded
from plugins.uncertainty.common.known import asked, known_of
from plugins.uncertainty.common.predictions import CAVEAT, answer, shares_of
from plugins.uncertainty.confidence.reliability import held_on


def run(images: Tensor, _params: Params, run: Run) -> Result:
    """Ask a classifier about photos ``(N, C, H, W)`` float32; clipped to [0, 1] for the model.

    Returns
    -------
    Result
        Reports alone: one question tells nothing of single pixels. Where known photos are at hand they say how far
        the confidence held on them.
    """
    run.check()
    seen = asked(run.model, images.detach().clamp(0.0, 1.0))
    known = known_of(run.model, seen, run)
    checks = {} if known is None else {"standing": "ranks", "checked": held_on(known)}
    reports = [_report(one, run) | checks for one in seen.logits]
    return Result(reports=guarded(reports, seen, run.model, run), artifacts=shares_of(seen.logits.softmax(1)))


def _report(logits: Tensor, run: Run) -> dict[str, Any]:
    probabilities = logits.softmax(dim=0)
    first, second = probabilities.topk(2).values.tolist() if len(probabilities) > 1 else (1.0, 0.0)
    return {
        **answer("softmax", probabilities, run.model),
        "mutual_information": None,  # one pass cannot tell doubt in the model from doubt in the photo
        "margin": first - second,
        "energy": -float(logits.logsumexp(dim=0)),
        "caveats": [CAVEAT],
    }
