"""An attack on a classifier behind a restoration knows of the defence, and so does whoever judges it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from desktop_app.api import Params, Result
from desktop_app.api.errors import ParameterError
from desktop_app.api.params import param
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.engine import Engine
from desktop_app.core.jobs.request import ModelSpec, TargetSpec, ToolRequest
from tests.core.jobs.conftest import tool

GREY = Raster(np.full((8, 8, 3), 102, np.uint8))  # 0.4: "dark"


class FactorParams(Params):
    factor: float = param(0.5, help="How bright.")


def defence(tools: Any, functions: dict[str, Any], function: Any, *, differentiable: bool = False, **more: Any) -> None:
    functions["fake:defence"] = function
    tools.known["fake.defence"] = tool(
        "fake.defence", "restoration", "fake:defence", params=FactorParams, differentiable=differentiable, **more
    )
    tools.known["fake.push"] = replace(tools.known["fake.push"], subjects=("classifier", "classifier+restoration"))


def dim(images: Tensor, params: Any, run: Any) -> Result:
    return Result(image=images * params.factor)


def pushed(**params: Any) -> ToolRequest:
    target = TargetSpec("fake.defence", {"factor": 0.6})
    return ToolRequest("fake.push", params, subjects=(ModelSpec("m"), target))


def asking(functions: dict[str, Any], ask: Any) -> None:
    """Have the attack ask its model, and leave the photo alone."""

    def look(images: Tensor, params: Any, run: Any) -> Result:
        ask(images, run)
        return Result(image=images)

    functions["fake:push"] = look


def slope_of(images: Tensor, run: Any) -> Tensor:
    leaf = images.clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(run.model(leaf)[:, 1].sum(), leaf)
    return slope


def test_the_judge_asks_what_the_defence_leaves(engine: Engine, tools: Any, functions: dict[str, Any]) -> None:
    defence(tools, functions, dim)
    bare = engine.run(replace(pushed(eps=60), subjects=(ModelSpec("m"),)), GREY).report
    assert (bare["model"], bare["success"], bare["after"][0]["label"]) == ("m", True, "bright")
    defended = engine.run(pushed(eps=60), GREY).report
    assert defended["model"] == "m behind fake.defence"
    assert (defended["success"], defended["after"][0]["label"]) == (False, "dark")
    assert engine.run(pushed(eps=200), GREY).report["success"] is True


def test_the_attack_asks_it_too(engine: Engine, tools: Any, functions: dict[str, Any]) -> None:
    defence(tools, functions, dim)
    logits: list[float] = []
    asking(functions, lambda images, run: logits.append(float(run.model(images)[0, 1])))
    outcome = engine.run(pushed(), GREY)
    assert logits == pytest.approx([20.0 * (0.24 - 0.5)], abs=1e-4)
    assert outcome.report["queries"] == 1


@pytest.mark.parametrize(("differentiable", "share"), [(True, 0.6), (False, 1.0)])
def test_gradients_go_through_a_defence_or_past_one_that_has_none(
    engine: Engine, tools: Any, functions: dict[str, Any], differentiable: bool, share: float
) -> None:
    defence(tools, functions, dim, differentiable=differentiable)
    slopes: list[Tensor] = []
    answers: list[float] = []

    def ask(images: Tensor, run: Any) -> None:
        slopes.append(slope_of(images, run))
        answers.append(float(run.model(images.clone().requires_grad_(True))[0, 1].detach()))

    asking(functions, ask)
    engine.run(pushed(), GREY)
    assert float(slopes[0].sum()) == pytest.approx(20.0 * share, rel=1e-3)
    assert answers == pytest.approx([-5.2], abs=1e-4), "the answer is of the restored photo"


def test_what_a_defence_makes_is_cut_off_at_black_and_white(
    engine: Engine, tools: Any, functions: dict[str, Any]
) -> None:
    defence(tools, functions, lambda images, params, run: Result(image=images + 3.0))
    answers: list[float] = []

    def ask(images: Tensor, run: Any) -> None:
        answers.extend(float(run.model(each)[0, 1].detach()) for each in (images, images.clone().requires_grad_(True)))

    asking(functions, ask)
    engine.run(pushed(), GREY)
    assert answers == pytest.approx([10.0, 10.0], abs=1e-4)


def test_gradients_cannot_go_past_a_defence_that_changes_the_size(
    engine: Engine, tools: Any, functions: dict[str, Any]
) -> None:
    defence(tools, functions, lambda images, params, run: Result(image=images.repeat(1, 1, 2, 2)), scale=2)
    asking(functions, lambda images, run: run.model(images))
    engine.run(pushed(), GREY)
    asking(functions, slope_of)
    with pytest.raises(ParameterError, match=r"keeps the photo's size, got fake\.defence"):
        engine.run(pushed(), GREY)


def test_chance_draws_anew_for_each_question_and_alike_for_every_photo(
    engine: Engine, tools: Any, functions: dict[str, Any]
) -> None:
    defence(tools, functions, lambda images, params, run: Result(image=run.rand(images)), stochastic=True)
    answers: list[list[float]] = []

    def ask(images: Tensor, run: Any) -> None:
        answers.extend(run.model(images.repeat(3, 1, 1, 1))[:, 1].tolist() for _ in range(2))

    asking(functions, ask)
    engine.run(pushed(), GREY)
    first, second = answers
    assert first == pytest.approx([first[0]] * 3)
    assert first[0] != pytest.approx(second[0], abs=1e-6)
