"""Threats are data: each kind is a file, several together leave what all of them allow, and the host words them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import Tensor

from desktop_app.api import PluginError, Result, Threat, ThreatParams, ToolError
from desktop_app.core.jobs.judge import held, judged
from desktop_app.core.threats.bound import Scene, bounds_of, kinds

ORIGINAL = torch.rand(2, 3, 6, 7, generator=torch.Generator().manual_seed(0))
ATTACKED = torch.rand(2, 3, 6, 7, generator=torch.Generator().manual_seed(1))
BALL = Threat("ball", {"norm": "linf", "eps": 4.0})


class Declared(ThreatParams):
    """Whatever threat a test wants."""

    bounds: Any = ()

    def threat(self) -> Sequence[Threat]:
        return tuple(self.bounds)


def judge(*threats: Threat, **seen: Any) -> Result:
    scene = Scene(original=ORIGINAL, **seen)
    return judged(Result(image=ATTACKED), Declared(bounds=threats), scene, "fake.attack")


def moved(result: Result) -> Tensor:
    assert result.image is not None
    return (result.image - ORIGINAL).abs() * 255.0


def test_every_file_is_a_kind_but_the_one_they_rest_on() -> None:
    assert {"ball", "mask", "queries"} <= kinds()
    assert "bound" not in kinds()


def test_an_unknown_kind_or_number_is_the_plugins_fault() -> None:
    with pytest.raises(PluginError, match=r"expected a threat of ball, .*got 'shear'"):
        bounds_of([Threat("shear")], "fake.attack")
    with pytest.raises(PluginError, match=r"bounds of a threat 'ball'.*radius"):
        bounds_of([Threat("ball", {"radius": 1.0})], "fake.attack")


def test_several_bounds_leave_what_all_allow_and_are_told_together() -> None:
    mask = torch.zeros(2, 1, 6, 7)
    mask[:, :, :3] = 1.0
    result = judge(BALL, Threat("queries", {"most": 30}), mask=mask, asked=50)
    assert float(moved(result)[:, :, :3].amax()) == pytest.approx(4.0, abs=1e-3)
    assert float(moved(result)[:, :, 3:].amax()) == 0.0
    report = result.reports[0]
    assert report["threat"] == "L∞ ball of 4 levels, inside the mask, 30 queries"
    assert (report["size"], report["unit"], report["queries"]) == (4.0, "levels", 25)


def test_the_edge_of_a_mask_takes_a_share_of_the_change() -> None:
    inside = held(Result(image=ATTACKED), Declared(bounds=(BALL,)), Scene(original=ORIGINAL), "fake.attack")
    mask = torch.full((2, 1, 6, 7), 0.25)
    edge = held(Result(image=ATTACKED), Declared(bounds=(BALL,)), Scene(original=ORIGINAL, mask=mask), "fake.attack")
    torch.testing.assert_close(edge - ORIGINAL, 0.25 * (inside - ORIGINAL))


def test_more_questions_than_the_threat_allows_are_refused() -> None:
    judge(BALL, Threat("queries", {"most": 30}), asked=60)
    with pytest.raises(ToolError, match="at most 30 queries a photo, got 61 for 2"):
        judge(BALL, Threat("queries", {"most": 30}), asked=61)
