"""Whom a tool questions: one, several, or a model together with a restoration; all of them reach it, in order."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from desktop_app.api import Cancelled, Params, Result, param
from desktop_app.api.errors import InputMissingError, ParameterError
from desktop_app.core.imaging.raster import Raster
from desktop_app.core.jobs.control import JobControl
from desktop_app.core.jobs.engine import Engine
from desktop_app.core.jobs.request import ModelSpec, StepRecord, Subject, TargetSpec, ToolRequest
from tests.core.jobs.conftest import register

A, B, BLUR, SOFT = ModelSpec("a"), ModelSpec("b"), TargetSpec("fake.blur"), TargetSpec("fake.blur", {"radius": 3})


def asking(tools: Any, functions: dict[str, Any], *forms: str) -> None:
    """Add a tool that says whom it was given."""

    def tell(images: Any, params: Any, run: Any) -> Result:
        restored = images
        for target in run.targets:
            restored = target(restored)
        seen = {"models": [model.id for model in run.models], "radii": [one.params["radius"] for one in run.targets]}
        assert not run.models or run.model is run.models[0]
        assert not run.targets or run.target.params == run.targets[0].params
        return Result(image=restored, reports=[seen])

    like = tools.known["fake.blur"]
    fields = {"id": "fake.ask", "algorithm": "fake:ask", "params": None, "reach": None, "subjects": forms}
    tools.known["fake.ask"] = type(like)(**{**vars(like), **fields})
    functions["fake:ask"] = tell


TAKEN = [
    (("classifiers",), (A, B)), (("classifier+restoration",), (A, BLUR)), (("classifier+restoration",), (BLUR, A)),
    (("classifier", "classifier+restoration"), (A,)), (("restorations",), (SOFT, BLUR)),
    (("classifiers+restoration",), (B, A, SOFT)),
]  # fmt: skip


@pytest.mark.parametrize(("forms", "subjects"), TAKEN)
def test_all_subjects_reach_the_tool_and_the_record(
    engine: Engine, raster: Raster, tools: Any, functions: dict[str, Any],
    forms: tuple[str, ...], subjects: tuple[Subject, ...],
) -> None:  # fmt: skip
    asking(tools, functions, *forms)
    outcome = engine.run(ToolRequest("fake.ask", subjects=subjects), raster)
    models = [one.model for one in subjects if isinstance(one, ModelSpec)]
    radii = [one.params.get("radius", 2) for one in subjects if isinstance(one, TargetSpec)]
    assert outcome.report == {"models": models, "radii": radii}
    record = outcome.record
    assert list(record.models) == models
    assert record.digests == ("0" * 64,) * len(models)
    again = StepRecord.from_json(record.to_json())
    assert again == record
    assert engine.run(again.request(), raster).record.subjects == record.subjects


REFUSED = [
    (("classifier",), (A, B)), (("classifier", "restoration"), (A, BLUR)), (("classifier+restoration",), (A,)),
    (("classifiers",), ()), (("restoration",), (BLUR, SOFT)), ((), (A,)),
]  # fmt: skip


@pytest.mark.parametrize(("forms", "subjects"), REFUSED)
def test_other_numbers_are_refused_in_a_sentence(
    engine: Engine, raster: Raster, tools: Any, functions: dict[str, Any],
    forms: tuple[str, ...], subjects: tuple[Subject, ...],
) -> None:  # fmt: skip
    asking(tools, functions, *forms)
    with pytest.raises((ParameterError, InputMissingError), match=r"^fake.ask: expected .*, got .*; "):
        engine.run(ToolRequest("fake.ask", subjects=subjects), raster)


def test_too_many_subjects_are_counted(
    engine: Engine, raster: Raster, tools: Any, functions: dict[str, Any]
) -> None:
    asking(tools, functions, "classifier")
    with pytest.raises(ParameterError, match=r"a classifier to question \(--model ID\), got 2 classifiers; name"):
        engine.run(ToolRequest("fake.ask", subjects=(A, B)), raster)


def test_a_tool_learns_what_it_needs_to_know_of_its_target(
    engine: Engine, raster: Raster, tools: Any, nets: Any, functions: dict[str, Any]
) -> None:
    seen: list[Any] = []

    def ask(images: Any, params: Any, run: Any) -> Result:
        target = run.target
        seen.append((target.tool, dict(target.params), target.is_differentiable, target.networks))
        return Result(image=images)

    def grow(images: Any, params: Any, run: Any) -> Result:
        return Result(image=run.network("n")(images))

    asking(tools, functions, "restoration")
    functions["fake:ask"] = ask
    blur = tools.known["fake.blur"]
    tools.known["fake.net"] = replace(blur, id="fake.net", algorithm="fake:net", models=("n",), differentiable=False)
    functions["fake:net"] = grow
    for target in (SOFT, TargetSpec("fake.net", {"radius": 1})):
        engine.run(ToolRequest("fake.ask", subjects=(target,)), raster)
    assert seen == [
        ("fake.blur", {"radius": 3}, True, []), ("fake.net", {"radius": 1}, False, [nets.module]),
    ]  # fmt: skip


class ChosenParams(Params):
    model: str = param("usual", help="Which network.")


def test_the_network_that_a_target_was_given_is_among_its_networks(
    engine: Engine, raster: Raster, tools: Any, nets: Any, functions: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    def ask(images: Any, params: Any, run: Any) -> Result:
        seen.extend(run.target.networks)
        return Result(image=images)

    asking(tools, functions, "restoration")
    functions["fake:ask"] = ask
    functions["fake:net"] = lambda images, params, run: Result(image=images)
    tools.known["fake.net"] = replace(
        tools.known["fake.blur"], id="fake.net", algorithm="fake:net", params=ChosenParams, network="model", reach=None
    )
    monkeypatch.setattr(nets, "network", lambda model_id, device, check=None: model_id)
    monkeypatch.setattr(nets, "descriptor", lambda model_id: SimpleNamespace(
        task="restoration", reach=None, multiple=1, scale=1, sha256="0" * 64))  # fmt: skip
    engine.run(ToolRequest("fake.ask", subjects=(TargetSpec("fake.net", {"model": "mine"}),)), raster)
    assert seen == ["mine"]


def test_a_network_that_is_loaded_says_so_and_heeds_a_cancel(
    engine: Engine, raster: Raster, tools: Any, nets: Any, functions: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[tuple[float, str]] = []
    control = JobControl(lambda *words: said.append(words))

    def slow(model_id: str, device: Any, check: Any) -> Any:
        check()
        control.cancel()
        check()
        return nets.module

    monkeypatch.setattr(nets, "network", slow)
    request = register(tools, functions, lambda images, params, run: Result(image=run.network("n")(images)))
    with pytest.raises(Cancelled):
        engine.run(request, raster, control=control)
    assert said == [(0.0, "loading n")]
