"""The kit finds what it is there to find, and nothing in an honest tool."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from desktop_app.api import Tool
from desktop_app.testing import BLUR, call_tool, check_tool, conformance_cases, toy_classifier
from tests.testing import offenders


def tool(function: str, **more: Any) -> Tool:
    described = {"id": "mine.tool", "title": "Mine", "kind": "restoration", "summary": "Does it.", "version": "1.0"}
    return Tool(**{**described, "algorithm": f"tests.testing.offenders:{function}", **more})


QUESTION: dict[str, Any] = {"kind": "uncertainty", "subjects": ("classifier",)}
ATTACK: dict[str, Any] = {"kind": "attack", "subjects": ("classifier",), "params": offenders.PushParams}

BROKEN = [
    (tool("overwrites"), "pictures", "changed"),
    (tool("doubles_precision"), "pictures", "float64"),
    (tool("hates_small"), "pictures", "one pixel"),
    (tool("rolls_dice"), "seeds", "same seed"),
    (tool("rolls_dice"), "randomness", "Python's"),
    (tool("rolls_dice"), "randomness", "NumPy's"),
    (tool("rolls_dice"), "randomness", "torch's"),
    (tool("draws_unsaid"), "seeds", "stochastic=True"),
    (tool("honest", stochastic=True), "seeds", "stochastic=False"),
    (tool("mixes_batch"), "batches", "sample 1"),
    (tool("looks_far", reach=2), "tiles", "apart"),
    (tool("cuts_gradient", differentiable=True), "gradients", "not all zero"),
    (tool("fails_on_choice", params=offenders.SwitchParams), "choices", "mode='fails'"),
    (tool("never_checks"), "cancelling", "to stop"),
    (tool("runs_backwards"), "cancelling", "rises"),
    (tool("overspends", **ATTACK), "budget", "at most"),
    (tool("overspends", **ATTACK), "budget", "values outside"),
    (tool("idles", **ATTACK), "budget", "photo back"),
    (tool("doubts_negatively", **QUESTION), "maps", "0 or more"),
    (tool("doubts_negatively", **QUESTION), "maps", "sentence of meaning"),
    (tool("trains_subject", **{**QUESTION, "kind": "restoration"}), "subject", "norm.running_mean"),
    (tool("trains_subject", **{**QUESTION, "kind": "restoration"}), "subject", "hooks"),
    (tool("honest", kind="attack", params=offenders.PushParams), "descriptor", "subjects"),
    (tool("honest", summary="No sentence"), "descriptor", "sentence"),
    (tool("honest", params=offenders.SilentParams), "parameters", "help"),
    (tool("honest", params=offenders.NeedyParams), "parameters", "default"),
    (tool("honest", params=offenders.SwitchParams), "imports", "torch"),
    (tool("absent"), "descriptor", "absent"),
]


@pytest.mark.parametrize(("broken", "check", "words"), BROKEN, ids=lambda value: str(getattr(value, "id", value)))
def test_it_finds(broken: Tool, check: str, words: str) -> None:
    case = next(case for case in conformance_cases(broken) if case.name == check)
    with pytest.raises(Exception, match=words):
        case()


def test_it_finds_nothing_in_an_honest_tool() -> None:
    assert check_tool(tool("honest", reach=0, differentiable=True)) == []
    assert check_tool(BLUR) == []


def test_a_tool_that_raises_gives_findings_and_no_error() -> None:
    findings = check_tool(tool("absent"))
    assert {finding.check for finding in findings} >= {"descriptor", "seeds"}
    assert all("absent" in str(finding) for finding in findings if finding.check == "descriptor")


def test_the_toy_classifier_is_the_same_each_time_and_leaves_the_random_state() -> None:
    before = torch.get_rng_state()
    images = torch.full((1, 1, 5, 4), 0.3)
    assert toy_classifier()(images).equal(toy_classifier()(images))
    assert torch.get_rng_state().equal(before)


def test_a_tool_may_call_the_blur_of_the_kit() -> None:
    image = torch.arange(9.0).view(1, 1, 3, 3)
    result = call_tool(BLUR, image)
    assert result.image is not None
    assert float(result.image[0, 0, 1, 1]) == pytest.approx(4.0)
