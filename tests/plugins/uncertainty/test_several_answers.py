"""Ensembles and views of a classifier: the mean answer, and where the doubt comes from."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from desktop_app.api import Result, ToolError
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.models.loaded_classifier import LoadedClassifier
from desktop_app.testing import call_tool, toy_classifier
from desktop_app.testing.running import Bench
from plugins.uncertainty.ensemble.descriptor import verilens_tools as ensemble
from plugins.uncertainty.tta_class.descriptor import verilens_tools as tta_class


class Says(nn.Module):
    """Gives the same shares whatever it sees."""

    def __init__(self, *shares: float) -> None:
        super().__init__()
        self.register_buffer("logits", torch.tensor([max(share, 1e-30) for share in shares]).log())

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.logits
        return logits.expand(len(images), -1)


class Sided(nn.Module):
    """Sure of class 0 where the left half is lighter, else of class 1."""

    def forward(self, images: Tensor) -> Tensor:
        middle = images.shape[-1] // 2
        lead = 40.0 * (images[..., :middle].mean((1, 2, 3)) - images[..., middle:].mean((1, 2, 3)))
        return torch.stack([lead, -lead, torch.full_like(lead, -99.0), torch.full_like(lead, -99.0)], dim=1)


def members(*shares: tuple[float, ...]) -> tuple[LoadedClassifier, ...]:
    return tuple(toy_classifier(Says(*each)) for each in shares)


def together(models: tuple[LoadedClassifier, ...]) -> Result:
    return Bench(ensemble()[0]).call(torch.rand(1, 3, 6, 6), {}, models=models)


def test_members_that_are_sure_of_different_things_are_doubt_in_the_model() -> None:
    (report,) = together(members((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0))).reports
    assert report["confidence"] == pytest.approx(0.5)
    assert report["mutual_information"] == pytest.approx(math.log(2), abs=1e-5)
    assert report["expected_entropy"] == pytest.approx(0.0, abs=1e-5)
    assert (report["members"], report["agreeing"]) == (2, 1)
    assert [one["prediction"][0]["index"] for one in report["by_model"]] == [0, 1]


def test_members_that_are_unsure_alike_are_doubt_in_the_photo() -> None:
    (report,) = together(members(*[(0.5, 0.5, 0.0, 0.0)] * 3)).reports
    assert report["mutual_information"] == pytest.approx(0.0, abs=1e-6)
    assert report["entropy"] == pytest.approx(math.log(2), abs=1e-5)
    assert report["agreeing"] == 3


def test_an_ensemble_that_is_ended_keeps_the_members_that_were_asked() -> None:
    models = members((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0))
    control = JobControl()
    control.ends_early()
    control.end_early()
    (report,) = Bench(ensemble()[0]).call(torch.rand(1, 3, 6, 6), {}, models=models, control=control).reports
    assert report["members"] == len(report["by_model"]) == 2
    assert report["caveats"][0] == "ended early: from 2 of 3 members"
    assert not any("ended" in said for said in together(models).reports[0]["caveats"])


def test_one_model_or_other_classes_are_refused() -> None:
    with pytest.raises(ToolError, match="two or more models"):
        together(members((1.0, 0.0, 0.0, 0.0)))
    first, second = members((1.0, 0.0, 0.0, 0.0), (1.0, 0.0, 0.0, 0.0))
    other = replace(second, descriptor=replace(second.descriptor, labels=tuple("abcd")))
    with pytest.raises(ToolError, match="models of the same classes"):
        together((first, other))


def test_a_model_that_minds_mirroring_is_unsure() -> None:
    photo = torch.zeros(1, 3, 12, 12)
    photo[..., :6] = 1.0
    model = toy_classifier(Sided())
    (plain,) = call_tool(tta_class()[0], photo, {"is_mirrored": False, "shift": 1}, models=[model]).reports
    (mirrored,) = call_tool(tta_class()[0], photo, {"shift": 1}, models=[model]).reports
    assert (plain["views"], mirrored["views"]) == (9, 18)
    assert plain["confidence"] == pytest.approx(1.0, abs=1e-3)
    assert mirrored["confidence"] == pytest.approx(0.5, abs=1e-3)
    assert mirrored["mutual_information"] == pytest.approx(math.log(2), abs=1e-3)


def test_no_other_view_is_refused() -> None:
    with pytest.raises(ToolError, match="moves or mirroring"):
        call_tool(tta_class()[0], torch.rand(1, 3, 6, 6), {"shift": 0, "is_mirrored": False}, models=[toy_classifier()])
