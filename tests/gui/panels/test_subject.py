"""Whom a tool questions: one that asks several is given several, and a step's own come back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop_app.core.jobs.request import ModelSpec, Subject, TargetSpec
from desktop_app.core.plugins.entries import ModelEntry, Snapshot, ToolEntry
from desktop_app.gui.panels.company import Company
from desktop_app.gui.panels.subject import SubjectPicker


def tool(tool_id: str, *subjects: str, **more: str) -> ToolEntry:
    kind = "uncertainty" if subjects else "restoration"
    return ToolEntry(id=tool_id, task=tool_id.rpartition(".")[0], kind=kind, title=tool_id, summary="", version="1",
                     plugin="p", plugin_version="1", distribution="d", subjects=subjects, **more)  # type: ignore[arg-type] # of several types


def model(model_id: str, *labels: str) -> ModelEntry:
    return ModelEntry(id=model_id, title=model_id, task="classifier", version="1", weights="w", sha256="0",
                      labels=labels)  # fmt: skip


ONE, MODELS, TOOLS = (tool(f"uncertainty.{form}", form) for form in ("classifier", "classifiers", "restorations"))
SNAPSHOT = Snapshot(
    (ONE, MODELS, TOOLS, tool("denoise.deep"), tool("denoise.a"), tool("denoise.z", recommended_for="Remove noise"),
     tool("deblur.b")),
    (model("first", "cat"), model("own_member_1", "cat"), model("own_member_2", "cat"), model("stranger", "dog")),
)  # fmt: skip


@pytest.fixture
def picker(qtbot: QtBot) -> SubjectPicker:
    picker = SubjectPicker()
    qtbot.addWidget(picker)
    picker.show()
    return picker


def asked(picker: SubjectPicker) -> list[str]:
    return [one.model if isinstance(one, ModelSpec) else one.tool for one in picker.subjects()]


def names(company: Company) -> list[str]:
    return [company.item(row).text() for row in range(company.count())]


def tick(company: Company, name: str, *, is_on: bool) -> None:
    company.findItems(name, Qt.MatchFlag.MatchExactly)[0].setCheckState(
        Qt.CheckState.Checked if is_on else Qt.CheckState.Unchecked
    )


def test_an_ensemble_asks_the_members_that_ship_and_whom_one_ticks(picker: SubjectPicker, qtbot: QtBot) -> None:
    picker.show_tool(MODELS, SNAPSHOT)
    assert picker.more_models.isVisible()
    assert not picker.more_targets.isVisible()
    assert names(picker.more_models) == ["own_member_1", "own_member_2"], "of the same classes"
    assert asked(picker) == ["first", "own_member_1", "own_member_2"]
    with qtbot.waitSignal(picker.changed):
        tick(picker.more_models, "own_member_1", is_on=False)
    assert asked(picker) == ["first", "own_member_2"]
    picker.model.setCurrentIndex(picker.model.findData("own_member_2"))
    assert names(picker.more_models) == ["first", "own_member_1"]
    picker.show_tool(ONE, SNAPSHOT)
    assert not picker.more_models.isVisible()
    assert asked(picker) == ["own_member_2"]


def test_a_tool_that_wants_a_network_of_its_own_gets_it_and_others_keep_the_users_choice(picker: SubjectPicker) -> None:
    picky = tool("defend.bounds", "classifier", usual_model="own_member_2")
    picker.show_tool(ONE, SNAPSHOT)
    picker.model.setCurrentIndex(picker.model.findData("stranger"))
    picker.show_tool(picky, SNAPSHOT)
    assert asked(picker) == ["own_member_2"]
    picker.show_tool(ONE, SNAPSHOT)
    assert asked(picker) == ["stranger"]
    picker.show_tool(picky, Snapshot(SNAPSHOT.tools, SNAPSHOT.models[:1]))
    assert asked(picker) == ["first"], "where it is not installed"


def test_restorations_of_one_task_are_compared(picker: SubjectPicker) -> None:
    picker.show_tool(TOOLS, SNAPSHOT)
    assert names(picker.more_targets) == ["denoise.z", "denoise.a"], "the recommended one first"
    assert asked(picker) == ["denoise.deep", "denoise.z"]
    tick(picker.more_targets, "denoise.a", is_on=True)
    assert asked(picker) == ["denoise.deep", "denoise.z", "denoise.a"]


def test_the_subjects_of_a_step_come_back_with_their_parameters(picker: SubjectPicker) -> None:
    picker.show_tool(TOOLS, SNAPSHOT)
    chosen: tuple[Subject, ...] = (
        TargetSpec("denoise.a", {}), TargetSpec("deblur.b", {"length": 3}), TargetSpec("denoise.deep", {"sigma": 9.0})
    )  # fmt: skip
    picker.set_values(chosen)
    assert asked(picker)[0] == "denoise.a"
    assert {one.tool: one.params for one in picker.subjects() if isinstance(one, TargetSpec)} == {
        "denoise.a": {}, "deblur.b": {"length": 3}, "denoise.deep": {"sigma": 9.0},
    }  # fmt: skip
    picker.show_tool(MODELS, SNAPSHOT)
    picker.set_values((ModelSpec("own_member_1"), ModelSpec("first")))
    assert asked(picker) == ["own_member_1", "first"]
