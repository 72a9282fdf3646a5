"""Forms made from schemas."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QLineEdit
from pytestqt.qtbot import QtBot

from desktop_app.api import Params, param
from desktop_app.core.jobs.request import TargetSpec, ToolRequest
from desktop_app.core.plugins.entries import ModelEntry, Snapshot, ToolEntry
from desktop_app.core.steps.whom import USUAL_TARGET
from desktop_app.gui.panels.form import ParamForm
from desktop_app.gui.panels.grid import ParamGrid
from desktop_app.gui.viewmodel.intent import StepIntent


class Some(Params):
    """Some parameters."""

    sigma: float | None = param(None, help="Noise.", unit="levels", ge=0, le=255, soft=(0, 75), step=0.5)
    strength: float = param(0.1, help="Strength.", ge=0, le=1, step=0.05)
    mode: Literal["fast", "good"] = param("good", help="Mode.")
    clip: bool = param(True, help="Clip.", advanced=True)
    sizes: list[int] = param([3], help="Sizes.")
    haste: float = param(1.0, help="Haste.", when={"mode": ["fast"]})


@pytest.fixture
def grid(qtbot: QtBot) -> ParamGrid:
    grid = ParamGrid(Some.model_json_schema())
    qtbot.addWidget(grid)
    grid.show()
    return grid


def test_defaults_validate(grid: ParamGrid) -> None:
    assert Some(**grid.values()) == Some()
    assert grid.problem() is None


def test_setters_emit_nothing_and_keep_exact_values(grid: ParamGrid, qtbot: QtBot) -> None:
    values = {"sigma": 12.345678, "strength": 0.123456789, "mode": "fast", "clip": False, "sizes": [1, 2], "haste": 3.0}
    with qtbot.assertNotEmitted(grid.changed):
        grid.set_values(values)
    assert grid.values() == values


def test_what_does_not_count_is_hidden_and_keeps_its_value(grid: ParamGrid) -> None:
    haste = grid.rows["haste"]
    assert not haste.editor.isVisible()
    grid.set_values({"mode": "fast", "haste": 2.0})
    assert haste.editor.isVisible()
    grid.rows["mode"].editor.main.setCurrentIndex(1)
    assert not haste.editor.isVisible()
    assert grid.values()["haste"] == 2.0


def test_edits_emit_and_can_be_reset(grid: ParamGrid, qtbot: QtBot) -> None:
    with qtbot.waitSignal(grid.changed):
        grid.findChild(QDoubleSpinBox, "param_strength").setValue(0.5)
    row = grid.rows["strength"]
    assert row.editor.slider.value() == 10  # type: ignore[attr-defined] # a number has one
    assert row.reset_button.isEnabled()
    row.reset_button.click()
    assert grid.values()["strength"] == 0.1
    assert not row.reset_button.isEnabled()


def test_slider_moves_the_number(grid: ParamGrid) -> None:
    grid.rows["strength"].editor.slider.setValue(20)  # type: ignore[attr-defined] # a number has one
    assert grid.values()["strength"] == 1.0


def test_automatic_is_none(grid: ParamGrid) -> None:
    row = grid.rows["sigma"]
    assert row.automatic.isChecked()
    assert row.automatic.text() == "automatic"
    row.automatic.setChecked(False)
    row.editor.set_value(25.0)
    assert grid.values()["sigma"] == 25.0
    row.automatic.setChecked(True)
    assert grid.values()["sigma"] is None


def test_what_cannot_be_read_is_a_problem(grid: ParamGrid) -> None:
    grid.findChild(QLineEdit, "param_sizes").setText("[1,")
    assert "expected JSON" in str(grid.problem())


def test_advanced_parameters_are_folded_away(grid: ParamGrid) -> None:
    box = grid.findChild(QCheckBox, "param_clip")
    assert not box.isVisible()
    grid.unfold(True)
    assert box.isVisible()


def entry(tool_id: str, **more: object) -> ToolEntry:
    fixed = {
        "kind": "restoration", "title": tool_id, "summary": "Does something.", "version": "1", "plugin": "p",
        "plugin_version": "1", "distribution": "d",
    }  # fmt: skip
    return ToolEntry(id=tool_id, task=tool_id.rpartition(".")[0], **fixed | more)  # type: ignore[arg-type] # of several types


@pytest.fixture
def snapshot() -> Snapshot:
    asking = entry("uncertainty.ask", kind="uncertainty", subjects=("classifier", "restoration"), stochastic=True)
    restoring = entry("denoise.some", schema=Some.model_json_schema())
    model = ModelEntry(id="m", title="M", task="classifier", version="1", weights="w", sha256="0", labels=("cat",))
    return Snapshot((asking, restoring, entry("denoise.other")), (model,))


@pytest.fixture
def form(qtbot: QtBot) -> ParamForm:
    form = ParamForm()
    qtbot.addWidget(form)
    form.show()
    return form


def test_a_classifier_is_asked_first_then_a_restoration(form: ParamForm, snapshot: Snapshot) -> None:
    form.show_tool(snapshot.tools[0], snapshot)
    assert form.findChild(QComboBox, "modelPicker").isVisible()
    assert form.intent().request.model == "m"
    assert form.intent().request.target is None
    form.subject.kind.setCurrentIndex(1)
    assert not form.findChild(QComboBox, "modelPicker").isVisible()
    picker = form.subject.target
    assert [picker.itemText(index) for index in range(picker.count())] == sorted(
        picker.itemText(index) for index in range(picker.count())
    ), "the tool list's order"
    picker.setCurrentIndex(picker.findData("denoise.some"))
    request = form.intent().request
    assert request.model is None
    assert request.target == TargetSpec("denoise.some", Some().model_dump())


def test_an_intent_comes_back_as_it_was(form: ParamForm, snapshot: Snapshot) -> None:
    target = TargetSpec("denoise.some", Some(strength=0.7).model_dump())
    intent = StepIntent(ToolRequest("uncertainty.ask", {}, 7, (target,)))
    form.show_tool(snapshot.tools[0], snapshot, intent)
    assert form.intent() == intent


def test_values_are_kept_from_tool_to_tool(form: ParamForm, snapshot: Snapshot) -> None:
    form.show_tool(snapshot.tools[1], snapshot)
    form.findChild(QDoubleSpinBox, "param_strength").setValue(0.9)
    form.show_tool(snapshot.tools[2], snapshot)
    form.show_tool(snapshot.tools[1], snapshot)
    assert form.intent().request.params["strength"] == 0.9


def test_apply_waits_for_a_photo(form: ParamForm, snapshot: Snapshot) -> None:
    form.show_tool(snapshot.tools[1], snapshot)
    form.set_can_run(False, "Open a photo first.")
    assert not form.apply_button.isEnabled()
    form.set_can_run(True)
    assert form.apply_button.isEnabled()


def test_without_a_classifier_it_says_what_to_do(form: ParamForm, snapshot: Snapshot) -> None:
    form.show_tool(snapshot.tools[0], Snapshot(snapshot.tools))
    assert "enable a plugin" in str(form.problem())


class Blurred(Params):
    """A blur, unless its kernel is given."""

    shape: Literal["motion", "soft"] = param("motion", help="Which.", when={"kernel": [None]})
    length: int = param(9, help="How far.", unit="steps", ge=1, le=99, when={"shape": ["motion"]})


def test_a_file_takes_the_place_of_the_parameters_that_would_make_it(qtbot: QtBot) -> None:
    kernel = {"name": "kernel", "kind": "kernel", "help": "", "required": False}
    tool = ToolEntry(
        id="deblur.x", kind="restoration", task="deblur", title="X", summary="", version="1", plugin="p",
        plugin_version="1", distribution="d", schema=Blurred.model_json_schema(), inputs=(kernel,),
    )  # fmt: skip
    form = ParamForm()
    qtbot.addWidget(form)
    form.show_tool(tool, Snapshot((tool,)))
    form.show()
    length = form.findChild(QDoubleSpinBox, "param_length")
    assert length.isVisible()
    form.set_input("kernel", "/photos/kernel.png")
    assert not length.isVisible()
    form.set_input("kernel", "")
    assert length.isVisible()


def test_one_is_singular(qtbot: QtBot) -> None:
    grid = ParamGrid(Blurred.model_json_schema())
    qtbot.addWidget(grid)
    spin = grid.findChild(QDoubleSpinBox, "param_length")
    assert spin.text() == "9 steps"
    spin.setValue(1)
    assert spin.text() == "1 step"


def test_the_usual_target_is_offered_whatever_was_looked_at_before(qtbot: QtBot) -> None:
    def entry(tool: str, title: str, **more: Any) -> ToolEntry:
        fixed = {"kind": "restoration", "summary": "", "version": "1", "plugin": "p", "plugin_version": "1"}
        return ToolEntry(id=tool, task=tool.partition(".")[0], title=title, distribution="d", **fixed | more)

    asking = entry("uncertainty.tta", "TTA", kind="uncertainty", subjects=("restoration",))
    tools = (entry("dehaze.a", "Dehaze: fog"), entry("denoise.bm3d", "BM3D"), entry(USUAL_TARGET, "Usual"), asking)
    form = ParamForm()
    qtbot.addWidget(form)
    for tool in (tools[2], asking):
        form.show_tool(tool, Snapshot(tools))
    box = form.subject.target
    assert box.currentText() == "Denoise: Usual"
    assert "Dehaze: fog" in [box.itemText(index) for index in range(box.count())]
