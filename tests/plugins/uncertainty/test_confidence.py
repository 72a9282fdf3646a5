"""The plain question: figures of known logits, and a report without a map."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from desktop_app.testing import call_tool, toy_classifier
from plugins.uncertainty.confidence.descriptor import verilens_tools

TOOL = verilens_tools()[0]


class Says(nn.Module):
    """Gives the same logits whatever it sees."""

    def __init__(self, *logits: float) -> None:
        super().__init__()
        self.register_buffer("logits", torch.tensor(logits))

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.logits
        return logits.expand(len(images), -1)


def test_figures_of_known_logits() -> None:
    shares = (0.5, 0.25, 0.125, 0.125)
    model = toy_classifier(Says(*(3.0 + math.log(share) for share in shares)))
    (report,) = call_tool(TOOL, torch.rand(1, 3, 6, 6), models=[model]).reports
    assert [one["index"] for one in report["prediction"]][:2] == [0, 1]
    assert [report[name] for name in ("confidence", "margin", "entropy", "energy")] == pytest.approx(
        [0.5, 0.25, 1.75 * math.log(2.0), -3.0], abs=1e-6
    )
    assert report["mutual_information"] is None


def test_each_photo_gets_its_own_answer_and_the_model_sees_values_in_range() -> None:
    images = torch.rand(3, 3, 6, 6, generator=torch.Generator().manual_seed(0)) * 3.0 - 1.0
    model = toy_classifier()
    reports = call_tool(TOOL, images, models=[model]).reports
    expected = model(images.clamp(0.0, 1.0)).softmax(1).amax(1).tolist()
    assert [report["confidence"] for report in reports] == pytest.approx(expected)
    assert len({report["energy"] for report in reports}) == 3


def test_a_model_of_one_class_is_sure_of_it() -> None:
    (report,) = call_tool(TOOL, torch.rand(1, 3, 6, 6), models=[toy_classifier(Says(2.0), classes=1)]).reports
    assert (report["confidence"], report["margin"], report["entropy"]) == (1.0, 1.0, 0.0)
