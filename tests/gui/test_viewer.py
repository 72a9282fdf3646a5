"""What the history, the tabs and the view of each document do with what the user asks of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop_app.api.errors import InputError
from desktop_app.core.document.document import Document
from desktop_app.gui.canvas import CanvasScene
from desktop_app.gui.documents.shelf import Shelf
from desktop_app.gui.shell.window import MainWindow
from tests.support.windows import PATIENCE_MS, apply, shown_document

OpenWindow = Callable[..., MainWindow]


@pytest.fixture
def window(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> MainWindow:
    """Return a window with a photo and two steps, one on the other."""
    window = open_window(photo)
    apply(window, qtbot)
    apply(window, qtbot)
    return window


def test_what_is_deleted_is_offered_again_and_comes_back(window: MainWindow, qtbot: QtBot) -> None:
    document, history, messages = shown_document(window), window.parts.history, window.parts.messages
    history.deleteAsked.emit("s1")
    history.deleteAsked.emit("s1")  # twice is once
    qtbot.waitUntil(lambda: history.states() == ("s0",), timeout=PATIENCE_MS)
    assert (document.cursor, list(document.hidden)) == ("s0", ["s1", "s2"])
    assert messages.texts() == ["Deleted the step, and what came of it, from the history."]
    messages.choose("Bring back")
    qtbot.waitUntil(lambda: history.states() == ("s0", "s1", "s2"), timeout=PATIENCE_MS)
    assert not document.hidden
    history.deleteAsked.emit("s2")
    qtbot.waitUntil(lambda: history.states() == ("s0", "s1"), timeout=PATIENCE_MS)
    history.restoreAsked.emit()
    assert messages.texts() == []
    qtbot.waitUntil(lambda: history.states() == ("s0", "s1", "s2"), timeout=PATIENCE_MS)


def test_the_opened_photo_cannot_be_deleted_and_that_is_said(window: MainWindow) -> None:
    window.rooms.viewer.delete("s0")
    assert len(window.parts.history.states()) == 3
    assert "opened photo" in window.parts.messages.text()
    window.rooms.viewer.jump("nowhere")
    assert shown_document(window).cursor == "s2"


def test_a_row_is_renamed(window: MainWindow, qtbot: QtBot) -> None:
    document, history = shown_document(window), window.parts.history
    with qtbot.waitSignal(window.rooms.viewer.updated):  # a project with a new title is to be saved
        history.renamed.emit("s1", "Lighter")
    assert document.states["s1"].title == "Lighter"
    assert history.item(1).text() == "Lighter"


def test_any_state_can_be_compared_with(window: MainWindow, qtbot: QtBot) -> None:
    keeper, viewer = window.rooms.keeper, window.rooms.viewer
    window.parts.history.compareAsked.emit("s0")
    assert viewer.compare_mode() == "split"
    qtbot.waitUntil(lambda: "before 100 100 100 · after 120 120 120" in keeper.reading(0, 0), timeout=PATIENCE_MS)
    viewer.pin(None)
    assert viewer.compare_mode() == "split"  # as the user has seen it last
    qtbot.waitUntil(lambda: "before 110 110 110" in keeper.reading(0, 0), timeout=PATIENCE_MS)
    viewer.compare("before")
    viewer.pin("s0")
    assert viewer.compare_mode() == "before"
    viewer.compare("off")
    viewer.pin(None)
    assert viewer.compare_mode() == "off"
    assert window.parts.canvas.scene().before is None


def test_the_split_stays_where_it_was_put(window: MainWindow, qtbot: QtBot) -> None:
    canvas = window.parts.canvas
    window.rooms.viewer.compare("split")
    qtbot.waitUntil(lambda: canvas.scene().before is not None, timeout=PATIENCE_MS)
    assert canvas.scene().split == 0.5
    column = canvas.rect().center()
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=column)
    target = column - column / 4
    qtbot.mouseMove(canvas, target)
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=target)
    put = canvas.scene().split
    assert put < 0.5
    window.rooms.viewer.jump("s1")
    qtbot.waitUntil(lambda: "after 110" in window.rooms.keeper.reading(0, 0), timeout=PATIENCE_MS)
    assert canvas.scene().split == put


def test_a_picture_that_cannot_be_read_is_told(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_document: Document, state: str) -> None:
        raise InputError(f"expected the pixels of {state}, got none; open the photo again")

    monkeypatch.setattr(Document, "raster", fail)
    window.rooms.keeper._pictures = Shelf(lambda _picture: 1, lambda: 0)  # nothing is left of what was shown before
    window.rooms.viewer.jump("s0")
    said = window.parts.messages
    qtbot.waitUntil(lambda: "Expected the pixels of s0" in said.text(), timeout=PATIENCE_MS)


def test_each_document_is_looked_at_as_it_was_left(window: MainWindow, photo: Path, qtbot: QtBot) -> None:
    canvas, tabs, workspace = window.parts.canvas, window.parts.tabs, window.rooms.workspace
    whole = canvas.view()
    window.rooms.viewer.compare("before")
    canvas.zoom_to(3.0)
    left = canvas.view()
    workspace.open_files([str(photo)])
    qtbot.waitUntil(lambda: tabs.count() == 2 and window.rooms.keeper.picture() is not None, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: canvas.view().zoom == whole.zoom, timeout=PATIENCE_MS)  # a new one is seen whole
    assert window.rooms.viewer.compare_mode() == "off"
    assert (tabs.currentIndex(), len(window.parts.history.states())) == (1, 1)
    tabs.setCurrentIndex(0)
    assert workspace.current is workspace.documents[0]
    qtbot.waitUntil(lambda: canvas.view() == left, timeout=PATIENCE_MS)
    assert window.rooms.viewer.compare_mode() == "before"
    assert len(window.parts.history.states()) == 3
    assert window.parts.status.compare.currentData() == "before"


def test_closing_a_tab_shows_its_neighbour_and_offers_to_reopen(
    window: MainWindow, photo: Path, qtbot: QtBot
) -> None:
    workspace, tabs, first = window.rooms.workspace, window.parts.tabs, shown_document(window)
    workspace.open_files([str(photo), str(photo)])
    qtbot.waitUntil(lambda: tabs.count() == 3, timeout=PATIENCE_MS)
    second, third = workspace.documents[1:]
    workspace.show(second)
    tabs.tabCloseRequested.emit(1)
    assert (workspace.documents, workspace.current) == ([first, third], third)
    tabs.tabCloseRequested.emit(0)
    assert (workspace.documents, workspace.current) == ([third], third)
    said = window.parts.messages
    qtbot.waitUntil(lambda: "Closed photo.png" in said.text(), timeout=PATIENCE_MS)
    said.choose("Reopen")
    qtbot.waitUntil(lambda: len(workspace.documents) == 2, timeout=PATIENCE_MS)
    assert workspace.current is workspace.documents[1]
    assert shown_document(window).id == first.id
    assert len(window.parts.history.states()) == 3
    workspace.close(third)  # unchanged: nothing is lost, nothing is said
    workspace.close(shown_document(window))
    qtbot.waitUntil(lambda: "Closed photo.png" in said.text(), timeout=PATIENCE_MS)
    assert (workspace.documents, workspace.current, window.parts.history.states()) == ([], None, ())
    assert (window.parts.status.probe.text(), window.parts.canvas.scene().after) == ("", None)


def test_the_files_opened_last_are_known_newest_first(
    open_window: OpenWindow, tmp_path: Path, photo: Path, qtbot: QtBot
) -> None:
    workspace = open_window().rooms.workspace
    paths = [tmp_path / f"{number}.png" for number in range(12)]
    with qtbot.waitSignal(workspace.recentChanged):
        workspace.remember(photo)
    for path in paths:
        workspace.remember(path)
    workspace.remember(paths[8])
    assert workspace.recent() == [str(tmp_path / f"{number}.png") for number in (8, 11, 10, 9, 7, 6, 5, 4, 3, 2)]


def test_nothing_is_left_of_the_last_photo(window: MainWindow, qtbot: QtBot) -> None:
    apply(window, qtbot, "uncertainty.measure")
    parts, rooms = window.parts, window.rooms
    rooms.viewer.compare("split")
    parts.canvas.probed.emit((3, 3))
    qtbot.waitUntil(lambda: parts.legend.scale() is not None and parts.histogram.tones() is not None)
    assert not parts.status.zoom.isHidden()
    assert rooms.viewer.report() is not None
    told: list[str] = []
    rooms.viewer.stateShown.connect(told.append)
    rooms.workspace.close(shown_document(window))
    assert told == [""]
    assert (parts.status.zoom.isHidden(), parts.status.zoom.text(), parts.status.probe.text()) == (True, "", "")
    assert (parts.status.compare.currentData(), rooms.viewer.compare_mode()) == ("off", "off")
    assert (parts.legend.scale(), parts.maps.list.count(), parts.maps.has_map()) == (None, 0, False)
    assert (rooms.viewer.state, rooms.viewer.report(), rooms.keeper.picture(), rooms.keeper.reading(3, 3)) == (
        None, None, None, "",
    )  # fmt: skip
    assert parts.canvas.scene() == CanvasScene()
    assert parts.strength.isHidden()
    assert not parts.form.apply_button.isEnabled()
    qtbot.waitUntil(lambda: parts.histogram.tones() is None)
    rooms.viewer.compare("split")  # there is nothing to compare, to pin, or to keep in a grid
    rooms.viewer.pin("s0")
    rooms.viewer.keep_in_grid("s0")
    rooms.viewer.restore()
    assert rooms.viewer.compare_mode() == "off"
    assert parts.canvas.scene() == CanvasScene()


def test_a_tab_tells_where_its_file_is(window: MainWindow, photo: Path, tmp_path: Path, qtbot: QtBot) -> None:
    tabs, project = window.parts.tabs, tmp_path / "work.vlens"
    assert (tabs.count(), tabs.isVisible(), tabs.tabToolTip(0)) == (1, False, str(photo))
    window.rooms.workspace.open_files([str(photo)])
    qtbot.waitUntil(tabs.isVisible, timeout=PATIENCE_MS)
    window.rooms.workspace.save_project(shown_document(window), project)
    qtbot.waitUntil(lambda: tabs.tabToolTip(1) == str(project), timeout=PATIENCE_MS)
    assert (tabs.tabText(0), tabs.tabText(1), tabs.tabToolTip(0)) == ("photo.png", "work.vlens", str(photo))
