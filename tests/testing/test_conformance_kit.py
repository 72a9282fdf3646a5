"""The kit finds what it is there to find, each fault once, and nothing in an honest tool."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
import torch

from desktop_app.api import InputSpec, Tool
from desktop_app.api.descriptors import Subject
from desktop_app.core.kinds import fits
from desktop_app.testing import BLUR, call_tool, check_tool, conformance_cases, toy_classifier
from tests.testing import offenders, offending_params


def tool(function: str, **more: Any) -> Tool:
    described = {"id": "mine.tool", "title": "Mine", "kind": "restoration", "summary": "Does it.", "version": "1.0"}
    return Tool(**{**described, "algorithm": f"tests.testing.offenders:{function}", **more})


QUESTION: dict[str, Any] = {"kind": "uncertainty", "subjects": ("classifier",)}
ATTACK: dict[str, Any] = {"kind": "attack", "subjects": ("classifier",), "params": offending_params.PushParams}
MASK: dict[str, Any] = {"inputs": (InputSpec("where", "mask", "Where it is done."),)}
RADIUS: dict[str, Any] = {"params": offending_params.RadiusParams}

FAULTY = [
    (tool("absent"), "descriptor", "absent"),
    (tool("honest", summary="No sentence"), "descriptor", "sentence"),
    (tool("honest", encoding="gamma"), "descriptor", "encoding"),
    (tool("honest", params=offending_params.SilentParams), "parameters", "help"),
    (tool("honest", params=offending_params.NeedyParams), "defaults", "default"),
    (tool("returns_picture"), "runs", "to return a Result"),
    (tool("makes_nothing"), "runs", "finite"),
    (tool("honest", scale=2), "runs", "shape"),
    (tool("doubles_size"), "runs", "shape"),
    (tool("one_report_short"), "runs", "reports"),
    (tool("overwrites"), "surroundings", "photo"),
    (tool("overwrites_mask", **MASK), "surroundings", "'where'"),
    (tool("rolls_dice"), "surroundings", "NumPy's random state, Python's random state"),
    (tool("changes_dtype"), "surroundings", "default dtype"),
    (tool("changes_environment"), "surroundings", "environment"),
    (tool("changes_folder"), "surroundings", "working directory"),
    (tool("prints"), "surroundings", "stdout"),
    (tool("trains_subject", **QUESTION), "subject", "head.bias"),
    (tool("hooks_subject", **QUESTION), "subject", "hooks"),
    (tool("trains_last", **{**QUESTION, "subjects": ("classifiers",)}), "subject", "1.*head.bias"),
    (tool("draws_unsaid"), "seeds", "stochastic=True"),
    (tool("honest", stochastic=True), "seeds", "stochastic=False"),
    (tool("remembers"), "seeds", "keep nothing"),
    (tool("mixes_batch"), "batches", "sample 1"),
    (tool("draws_once", stochastic=True), "batches", "sample 1"),
    (tool("caches_by_shape"), "batches", "sample 1"),
    (tool("doubles_precision"), "runs", "float64"),
    (tool("moves_away"), "runs", "without values"),
    (tool("hates_small"), "pictures", "one pixel"),
    (tool("hates_grey"), "pictures", "grey"),
    (tool("colours_grey"), "pictures", "grey"),
    (tool("hates_flat"), "pictures", "flat black"),
    (tool("wants_even"), "runs", "on 29×23"),
    (tool("clips_input"), "clipping", "clipped"),
    (tool("clips_output"), "clipping", "clipped"),
    (tool("doubts_negatively", **QUESTION), "maps", "0 or more"),
    (tool("says_nothing", **QUESTION), "maps", "sentence of meaning"),
    (tool("says_a_million", **QUESTION), "maps", "at most 2550 levels"),
    (tool("gives_nats", **QUESTION), "maps", "nats"),
    (tool("says_one_number", **QUESTION), "maps", "one number"),
    (tool("gives_no_number", **QUESTION), "runs", "finite map"),
    (tool("says_it_twice", **QUESTION), "runs", "names of their own"),
    (tool("reports_an_object"), "runs", "JSON"),
    (tool("hands_over_nan"), "runs", "finite"),
    (tool("looks_far", reach=2), "tiles", "apart"),
    (tool("looks_everywhere", reach=3), "tiles", "prepare"),
    (tool("sees_blocks", reach=3), "tiles", "apart"),
    (tool("reaches_further", reach=2, **RADIUS), "reach", "radius=4"),
    (tool("cuts_gradient", differentiable=True), "gradients", "not all zero"),
    (tool("rounds", differentiable=True), "gradients", "not all zero"),
    (tool("fails_on_choice", params=offending_params.SwitchParams), "choices", "mode='fails'"),
    (tool("fails_at_end", params=offending_params.AmountParams), "bounds", "amount=0.0"),
    (tool("needs_optional", **MASK), "without_inputs", "where"),
    (tool("overspends", **ATTACK), "budget", "within the budget"),
    (tool("leaves_range", **ATTACK), "budget", "(within the budget|outside)"),
    (tool("idles", **ATTACK), "budget", "photo back"),
    (tool("gives_up", **ATTACK), "budget", "photo back"),
    (tool("is_noise", stochastic=True, **ATTACK), "effect", "random noise"),
    (tool("is_noise", stochastic=True, **{**ATTACK, "subjects": ("classifiers+restoration",)}), "effect", "noise"),
    (tool("never_checks"), "cancelling", "to stop"),
    (tool("swallows_cancel"), "cancelling", "half-way"),
    (tool("runs_backwards"), "cancelling", "rises"),
    (tool("sleeps"), "pace", "none for 0.6 s"),
    (tool("hoards", memory=2.0), "memory", "times the photo"),
    (tool("honest", params=offending_params.StrayParams), "defaults", "spelt out"),
    (tool("honest", params=offending_params.SlidingParams), "defaults", "slider"),
    (tool("honest", params=offending_params.WhenParams), "defaults", "nothing"),
    (tool("prints_below"), "surroundings", "here I am"),
    (tool("complains"), "surroundings", "here I am"),
    (tool("replaces_function"), "surroundings", "torch.nn.functional.silu"),
    (tool("leaves_thread"), "surroundings", "the running threads"),
    (tool("keeps_photo"), "keeping", "of a photo to be kept"),
    (tool("counts_on", stochastic=True), "batches", "sample 1"),
    (tool("looks_wider", reach=1, params=offending_params.WidthParams), "reach", "is_wide=True"),
    (tool("looks_up", reach=2, **RADIUS), "reach", "radius=4"),
    (tool("fails_between", params=offending_params.StepParams), "bounds", "step=3"),
    (tool("fails_together", params=offending_params.TwoParams), "bounds", "first=1.0, second=1.0"),
    (tool("fades", kind="degradation", params=offending_params.BackwardsParams), "severities", "less and less"),
    (tool("misleads", differentiable=True), "gradients", "how the picture changes"),
    (tool("detaches_some", differentiable=True), "gradients", "how the picture changes"),
    (tool("never_asks", **QUESTION), "asking", "model 1"),
    (tool("asks_first", **{**QUESTION, "subjects": ("classifiers",)}), "asking", "model 2"),
    (tool("never_asks", **{**QUESTION, "subjects": ("restoration",)}), "asking", "testing.blur"),
    (tool("hands_back", **{**QUESTION, "subjects": ("restoration",)}), "asking", "got the photo"),
    (tool("climbs_anywhere", **ATTACK), "goal", "target class"),
    (tool("hates_grey_photos", **ATTACK), "grey", "a grey photo"),
]


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Forget what the offenders remember."""
    offenders.ENDED.clear()
    yield
    offenders.REMEMBERED.clear()
    offenders.BY_SHAPE.clear()
    offenders.KEPT.clear()
    offenders.ENDED.set()
    if offenders.REPLACED:
        torch.nn.functional.silu = offenders.REPLACED[0]


@pytest.mark.parametrize(("faulty", "check", "words"), FAULTY, ids=lambda value: getattr(value, "algorithm", None))
def test_it_finds_each_fault_once(faulty: Tool, check: str, words: str) -> None:
    found = [str(finding) for finding in check_tool(faulty)]
    assert len(found) == 1, found
    assert re.search(f"· {check}: .*({words})", found[0])


def test_an_attack_that_names_no_subject_is_told_so() -> None:
    found = check_tool(tool("honest", kind="attack", params=offending_params.PushParams))
    assert any("subjects" in str(finding) for finding in found)


@pytest.mark.parametrize("form", get_args(Subject))
def test_every_form_of_question_gets_whom_it_names(form: Subject) -> None:
    attack = tool("climbs", **{**ATTACK, "subjects": (form,)})
    trial = next(case.trial for case in conformance_cases(attack) if case.trial.subject == form)
    assert fits(form, len(trial.classifiers), len(trial.targets))
    assert (len(trial.classifiers) > 1) == ("classifiers" in form)
    assert (len(trial.targets) > 1) == ("restorations" in form)
    assert len({one(trial.picture).sum().item() for one in trial.classifiers}) == len(trial.classifiers)
    assert check_tool(attack) == []


def test_it_finds_nothing_in_an_honest_tool() -> None:
    assert check_tool(tool("honest", reach=0, differentiable=True)) == []
    assert check_tool(tool("reaches_further", reach=lambda params: params.radius, **RADIUS)) == []
    assert check_tool(BLUR) == []


def test_a_case_fails_with_all_that_its_check_found() -> None:
    case = next(case for case in conformance_cases(tool("hates_grey")) if case.name == "pictures")
    with pytest.raises(AssertionError, match="grey, a row, two pixels, flat white"):
        case()


def test_parameters_that_are_given_are_not_moved() -> None:
    faulty = tool("fails_at_end", params=offending_params.AmountParams)
    assert check_tool(faulty, params={"amount": 0.5}) == []


def test_a_descriptor_that_imports_torch_is_found() -> None:
    from desktop_app.testing.subjects import blur

    class HeavyParams(offending_params.AmountParams):
        __module__ = blur.__module__

    found = check_tool(tool("honest", params=HeavyParams))
    assert [finding.check for finding in found] == ["imports"]


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
