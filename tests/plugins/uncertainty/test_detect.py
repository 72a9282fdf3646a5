"""Disagreement between a photo's answer and the restored one's: a threshold that keeps its word on false alarms."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from desktop_app.api import ParameterError, Result
from desktop_app.core.jobs.request import TargetSpec
from desktop_app.testing import toy_classifier
from desktop_app.testing.running import Bench
from desktop_app.testing.subjects import blur
from tests.support.tools import BUILT_IN_TOOLS

MODEL = toy_classifier()


def photos(count: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    flat = torch.rand(count, 3, 1, 1, generator=generator)
    return (0.25 + 0.5 * flat + 0.2 * torch.rand(count, 3, 8, 8, generator=generator)).clamp(0.0, 1.0)


class _Run:
    def check(self) -> None:
        """Go on."""


def blurred(images: Tensor) -> Tensor:
    found = blur(images, None, _Run()).image
    assert found is not None
    return found


def tables(images: Tensor) -> dict[str, Tensor]:
    plain, behind = MODEL(images), MODEL(blurred(images))
    classes = plain.argmax(1, keepdim=True).float()
    return {"known": torch.cat([classes, plain], 1), "restored": torch.cat([classes, behind], 1)}


def asked(images: Tensor, given: dict[str, Tensor], **params: Any) -> Result:
    inputs = {name: table.expand(len(images), 1, -1, -1) for name, table in given.items()}
    bench = Bench(BUILT_IN_TOOLS.tool("defend.detect"), BUILT_IN_TOOLS)
    return bench.call(images, params, models=[MODEL], targets=[TargetSpec("testing.blur")], inputs=inputs)


@pytest.mark.parametrize("share", [0.05, 0.2])
def test_so_many_untouched_photos_raise_an_alarm(share: float) -> None:
    reports = asked(photos(800, 1), tables(photos(800, 2)), false_alarms=share).reports
    assert sum(report["is_beyond"] for report in reports) / len(reports) == pytest.approx(share, abs=0.035)
    assert reports[0]["false_alarm_rate"] == pytest.approx(share, abs=0.002)
    for report in reports:
        assert report["is_beyond"] == (report["as_strange"] < share + 1e-9) or report["score"] == report["threshold"]


def test_the_score_is_the_distance_of_two_answers() -> None:
    images = photos(5, 3)
    expected = (MODEL(images).softmax(1) - MODEL(blurred(images)).softmax(1)).abs().sum(1)
    assert [report["score"] for report in asked(images, {}).reports] == pytest.approx(expected.tolist(), abs=1e-6)


def test_without_known_photos_it_says_so_and_goes_by_what_it_is_told() -> None:
    images = photos(2, 4)
    for report in asked(images, {}).reports:
        assert report["threshold"] is report["is_beyond"] is report["false_alarm_rate"] is None
        assert "nobody has counted the false alarms" in report["caveats"][0]
    told = asked(images, {}, threshold=0.0).reports[0]
    assert told["is_beyond"]
    assert told["false_alarm_rate"] is None
    counted = asked(images, tables(photos(50, 5)), threshold=0.0).reports[0]
    assert counted["false_alarm_rate"] == 1.0


@pytest.mark.parametrize(("change", "words"), [
    (lambda both: {"known": both["known"]}, "known alone"),
    (lambda both: {**both, "restored": both["restored"][:-1]}, "one evaluation"),
    (lambda both: {name: table[:, :3] for name, table in both.items()}, "one evaluation"),
    (lambda both: {name: table[:15] for name, table in both.items()}, "20 known photos or more, got 15"),
])  # fmt: skip
def test_tables_that_do_not_belong_together_are_refused(change: Any, words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        asked(photos(1, 6), change(tables(photos(30, 7))))
