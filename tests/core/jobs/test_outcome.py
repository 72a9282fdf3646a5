"""What the host says of a finished step."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from desktop_app.api import Map, Result
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.outcome import outcome_of
from desktop_app.core.jobs.request import StepRecord

RECORD = StepRecord("testing.tool", "uncertainty", "Tool", "testing", "1", {}, 0, notes=("As before.",))


NOTHING = "The map “doubt” shows no noticeable effect: at most 0.2 levels."


@pytest.mark.parametrize(("largest", "said"), [(0.2, [NOTHING]), (3.0, [])])
def test_a_map_in_which_nothing_is_noticeable_is_said_to_be_nothing(largest: float, said: list[str]) -> None:
    doubt = Map(name="doubt", values=torch.linspace(0.0, largest, 12).view(1, 3, 4), kind="uncertainty", unit="levels",
                meaning="How much.")  # fmt: skip
    raster = Raster(np.zeros((3, 4, 1), np.uint8))
    outcome = outcome_of(RECORD, Result(maps=[doubt]), 0, raster, exact_16=False)
    assert list(outcome.record.notes) == ["As before.", *said]
