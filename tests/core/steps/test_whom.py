"""Who is asked where nobody is named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop_app.core.application import Application
from desktop_app.core.jobs.request import ModelSpec, TargetSpec
from desktop_app.core.steps.whom import completed, fellow_models, fellow_tools, members


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Application]:
    application = Application(tmp_path)
    yield application
    application.close()


def test_an_ensemble_asks_its_bundled_members(application: Application) -> None:
    snapshot = application.host.snapshot()
    found = completed((), snapshot, snapshot.tools_by_id["uncertainty.ensemble"])
    assert found == tuple(ModelSpec(f"classify.cifar10_member_{number}") for number in range(1, 6))
    named = (ModelSpec("classify.cifar10_resnet"),)
    assert completed(named, snapshot, snapshot.tools_by_id["uncertainty.ensemble"]) == named
    (one,) = completed((), snapshot, snapshot.tools_by_id["uncertainty.confidence"])
    assert one == ModelSpec(next(model.id for model in snapshot.models if model.task == "classifier"))


def test_a_tool_that_not_every_network_suits_says_which_does(application: Application) -> None:
    snapshot = application.host.snapshot()
    for tool, model in (("defend.bounds", "cifar10_provable"), ("uncertainty.mc_dropout", "cifar10_dropout")):
        assert completed((), snapshot, snapshot.tools_by_id[tool]) == (ModelSpec(f"classify.{model}"),)


def test_a_restoration_needs_no_classifier(application: Application) -> None:
    snapshot = application.host.snapshot()
    target = (TargetSpec("denoise.tv"),)
    assert completed(target, snapshot, snapshot.tools_by_id["uncertainty.tta"]) == target


def test_fellows_are_of_the_same_classes_and_of_the_same_task(application: Application) -> None:
    snapshot = application.host.snapshot()
    model = snapshot.models_by_id["classify.cifar10_resnet"]
    fellows = {one.id for one in fellow_models(model, snapshot)}
    assert model.id not in fellows
    assert {one.id for one in members(model.labels, snapshot)} < fellows
    assert members(("cat",), snapshot) == ()
    asking, tool = (snapshot.tools_by_id[name] for name in ("uncertainty.ensemble_tools", "denoise.tv"))
    beside = fellow_tools(tool, asking, snapshot)
    assert {one.task for one in beside} == {"denoise"}
    assert beside[0].recommended_for
    assert tool not in beside
