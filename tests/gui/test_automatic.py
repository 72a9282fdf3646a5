"""What a tool chooses by itself is told after it, one click asks a model, and closing says only what is true."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop_app.api import Params, Tool, param
from desktop_app.core.jobs.request import Outcome, StepRecord
from desktop_app.core.plugins.entries import Snapshot, ToolEntry
from desktop_app.gui.panels.grid import ParamGrid, Row
from desktop_app.gui.shell.window import MainWindow
from desktop_app.gui.steps.questions import CONFIDENCE
from tests.gui.test_window import apply
from tests.support.windows import shown_document

OpenWindow = Callable[..., MainWindow]


class AutomaticParams(Params):
    """A strength that may be left to the tool."""

    sigma: float | None = param(None, title="Noise σ", help="How much.", unit="levels", ge=0, le=255, soft=(0, 50))


def entry(tool_id: str, kind: str, **more: object) -> ToolEntry:
    fixed: dict[str, object] = {
        "id": tool_id, "kind": kind, "task": tool_id.rpartition(".")[0], "title": "A title", "summary": "Does it.",
        "version": "1", "plugin": "test", "plugin_version": "1", "distribution": "test",
    }  # fmt: skip
    return ToolEntry(**fixed | more)  # type: ignore[arg-type]  # the fields are those of the class


@pytest.fixture
def grid(qtbot: QtBot) -> ParamGrid:
    grid = ParamGrid(AutomaticParams.model_json_schema())
    qtbot.addWidget(grid)
    grid.show()
    return grid


@pytest.fixture
def row(grid: ParamGrid) -> Row:
    return grid.rows["sigma"]


def test_before_a_run_automatic_says_when_it_is_estimated(row: Row) -> None:
    assert row.estimate.text() == "estimated when applied"
    assert row.estimate.isVisible()
    assert not row.editor.isVisible()  # never a greyed 0.0
    row.automatic.setChecked(False)
    assert row.editor.isVisible()
    assert not row.estimate.isVisible()


def test_after_a_run_it_shows_the_value_and_starts_there(row: Row) -> None:
    row.show_estimate(12.5)
    assert row.estimate.text() == "12.5 levels, estimated"
    assert row.value() is None
    row.automatic.click()
    assert row.value() == 12.5


def test_the_form_shows_what_its_tool_took(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    tool = entry("denoise.auto", "restoration", schema=AutomaticParams.model_json_schema())
    window.rooms.steps.show_snapshot(Snapshot((tool,)))
    window.rooms.steps.choose_tool("denoise.auto")
    label = window.parts.form._grid.rows["sigma"].estimate
    assert label.text() == "estimated when applied"
    document = shown_document(window)
    record = StepRecord("denoise.auto", "restoration", "Auto", "test", "1", {"sigma": None}, 0)
    document.commit("s0", Outcome(record, document.raster("s0"), (), {"sigma": 7.25, "sigma_is_estimated": True}), "A")
    qtbot.waitUntil(lambda: label.text() == "7.25 levels, estimated", timeout=60_000)
    document.undo()
    qtbot.waitUntil(lambda: window.rooms.viewer.state.id == "s0", timeout=60_000)
    assert label.text() == "7.25 levels, estimated"  # it is of this photo


def test_what_the_model_sees_is_one_click(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    known = window.rooms.plugins.snapshot
    asking = entry(CONFIDENCE, "uncertainty", subjects=("classifier",))
    host = window.application.host
    host.tools[CONFIDENCE] = Tool(
        id=CONFIDENCE, title="A title", kind="uncertainty", summary="Asks.", version="1", algorithm="a:b",
        subjects=("classifier",),
    )  # fmt: skip
    window.rooms.steps.show_snapshot(replace(known, tools=(*known.tools, asking)))
    window.rooms.steps.choose_tool("denoise.light")
    document = shown_document(window)
    window.actions_by_id["ask_model"].trigger()
    qtbot.waitUntil(lambda: window.application.engine.requests[-1:] != [], timeout=60_000)
    request = window.application.engine.requests[-1]
    assert (request.tool, request.model) == (CONFIDENCE, "m")
    assert window.parts.form.tool.id == "denoise.light"  # the form is left alone
    qtbot.waitUntil(lambda: not window.rooms.runs.is_busy, timeout=60_000)
    assert document.states


def test_without_a_classifier_the_question_says_so(open_window: OpenWindow, photo: Path) -> None:
    window = open_window(photo)
    window.rooms.steps.show_snapshot(Snapshot())
    window.actions_by_id["ask_model"].trigger()
    assert "No classifier" in window.parts.messages.text()


def test_closing_says_nothing_where_nothing_is_lost(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    apply(window, qtbot)
    document, project = shown_document(window), photo.with_name("p.vlens")
    window.rooms.workspace.save_project(document, project)
    qtbot.waitUntil(lambda: "Saved the project" in window.parts.messages.text(), timeout=60_000)
    document.undo()
    window.parts.messages.begin()
    window.rooms.close_document(document)
    qtbot.waitUntil(lambda: window.findChild(QWidget, "startPage").isVisible(), timeout=60_000)
    qtbot.wait(200)
    assert window.parts.messages.texts() == []
