"""Logits over a temperature, and what that did to the calibration on photos that did not set it."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from desktop_app.api import Result, Run, ToolError
from desktop_app.numerics.temperature import COLDEST, fitted_temperature
from plugins.uncertainty.common.guard import guarded
from plugins.uncertainty.common.known import Known, asked, known_of, needed
from plugins.uncertainty.common.predictions import CAVEAT, answer, shares_of
from plugins.uncertainty.temperature.descriptor import TemperatureParams

_LOWEST = 1.001 * COLDEST
_WORSE = "on known photos that did not set it a temperature made the answers worse: there are too few of them"


def run(images: Tensor, params: TemperatureParams, run: Run) -> Result:
    """Ask a classifier about photos ``(N, C, H, W)`` float32; clipped to [0, 1] for the model.

    Raises
    ------
    ToolError
        If a temperature is to be fitted and there are no known photos, or none that could set it.
    """
    run.check()
    seen = asked(run.model, images.detach().clamp(0.0, 1.0))
    known = needed(run.model, seen, run) if params.temperature is None else known_of(run.model, seen, run)
    temperature = params.temperature or fitted_temperature(known.seen.logits, known.classes) if known else None
    if known and not params.temperature and temperature is not None and temperature <= _LOWEST:
        raise ToolError("expected known photos of which the model mistakes some, so that a temperature can be set, got "
                        f"{len(known.classes)} without; evaluate more photos, or tell the temperature")
    shares = (seen.logits / (temperature or params.temperature or 1.0)).softmax(1)
    facts = _facts(known, params.temperature) | {"temperature": temperature or params.temperature}
    is_worse = params.temperature is None and facts["nll_after"] > facts["nll_before"]
    caveats = [CAVEAT, *([_WORSE] if is_worse else [])]
    reports = [
        {**answer("temperature scaling", one, run.model), "mutual_information": None, **facts, "caveats": caveats}
        for one in shares
    ]
    return Result(reports=guarded(reports, seen, run.model, run), artifacts=shares_of(shares))


def _facts(known: Known | None, told: float | None) -> dict[str, Any]:
    """Return NLL in nats of the known photos before and after, each half by the temperature of the other."""
    if known is None:
        return {"standing": "unchecked"}
    logits, classes = known.seen.logits, known.classes
    before = float(F.cross_entropy(logits, classes))
    is_even = torch.arange(len(classes), device=classes.device) % 2 == 0
    after = 0.0
    for half, other in ((is_even, ~is_even), (~is_even, is_even)):
        scale = told or fitted_temperature(logits[other], classes[other])
        after += float(F.cross_entropy(logits[half] / scale, classes[half], reduction="sum")) / len(classes)
    return {
        "nll_before": before, "nll_after": after,
        "standing": "calibrated" if told is None and after <= before else "unchecked", "checked": known.checked,
    }  # fmt: skip
