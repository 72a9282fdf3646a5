"""Differences, the clipboard, and recipes that are dropped on a photo."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app.gui.canvas import PyramidImage
from desktop_app.gui.canvas.images import as_words, difference_image, whole_image
from desktop_app.gui.canvas.resolve import resolve
from desktop_app.gui.documents import picture
from desktop_app.gui.documents.clipboard import kept_picture
from desktop_app.gui.shell.window import MainWindow
from tests.support.windows import PATIENCE_MS, apply, shown_document

OpenWindow = Callable[..., MainWindow]


@pytest.fixture(autouse=True)
def _nothing_left_on_the_clipboard(qapp: QApplication) -> Iterator[None]:
    """Take back what a test copied: Python's own content would outlive Python there."""
    yield
    qapp.clipboard().clear()


def test_a_difference_is_signed_and_of_a_fixed_scale() -> None:
    before = np.full((300, 4, 3), 100, np.uint8)
    after = before.copy()
    after[0, 0], after[299, 1], after[7, 2] = (110, 100, 90), (255, 0, 132), 100
    found = difference_image(PyramidImage((after,)), PyramidImage((as_words(before),)))
    assert found is not None
    assert found.levels[0][0, 0].tolist() == [168, 128, 88]
    assert found.levels[0][299, 1].tolist() == [255, 0, 255]
    assert found.levels[0][7, 2].tolist() == [128, 128, 128]


def test_a_grey_photo_and_its_coloured_result_differ_too_and_other_sizes_do_not() -> None:
    grey, colour = np.full((5, 4, 1), 100, np.uint8), np.full((5, 4, 3), 104, np.uint8)
    found = difference_image(PyramidImage((colour,)), PyramidImage((grey,)))
    assert found is not None
    assert (found.levels[0] == 144).all()
    assert difference_image(PyramidImage((grey,)), PyramidImage((grey[:3],))) is None


def test_what_nothing_shows_takes_no_memory_beyond_the_budget(
    open_window: OpenWindow, photo: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture, "_budget", int)
    window = open_window(photo)
    apply(window, qtbot, amount=10)
    document, keeper = window.rooms.workspace.current, window.rooms.keeper
    step, root = document.cursor, document.root
    qtbot.waitUntil(lambda: keeper.loaded(step) is not None, timeout=PATIENCE_MS)
    qtbot.wait(200)
    assert keeper.loaded(root) is None
    window.actions_by_id["compare_split"].trigger()
    qtbot.waitUntil(lambda: window.parts.canvas.scene().before is not None, timeout=PATIENCE_MS)
    window.actions_by_id["compare_off"].trigger()
    qtbot.waitUntil(lambda: keeper.loaded(root) is None, timeout=PATIENCE_MS)


def test_what_was_before_is_at_hand_within_the_budget(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    apply(window, qtbot, amount=10)
    document, keeper = window.rooms.workspace.current, window.rooms.keeper
    apply(window, qtbot, amount=20)
    qtbot.waitUntil(lambda: keeper.loaded(document.states[document.cursor].parent) is not None, timeout=PATIENCE_MS)
    assert window.parts.canvas.scene().before is None


def test_the_window_shows_the_difference_to_the_step_before(
    open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    window = open_window(photo)
    apply(window, qtbot, amount=10)
    window.actions_by_id["compare_difference"].trigger()
    canvas = window.parts.canvas
    qtbot.waitUntil(lambda: canvas.scene().mode == "difference", timeout=PATIENCE_MS)
    said = [label.text for label in resolve(canvas.scene(), canvas.view(), (320, 200)).labels]
    assert said[0].startswith("±32 levels")  # what is cut off where it is narrow stands last
    assert canvas.grab().toImage().pixelColor(canvas.rect().center()).red() == 128 + 40
    window.actions_by_id["undo"].trigger()
    qtbot.waitUntil(lambda: canvas.scene().mode == "off", timeout=PATIENCE_MS)  # nothing lies before the opened photo


def test_a_picture_is_copied_as_it_is_seen_and_pasted_as_a_photo(
    open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    window = open_window(photo)
    QGuiApplication.clipboard().clear()
    window.actions_by_id["paste"].trigger()
    assert window.parts.messages.texts() == ["There is no picture on the clipboard."]
    window.actions_by_id["copy"].trigger()
    qtbot.waitUntil(lambda: not QGuiApplication.clipboard().image().isNull(), timeout=PATIENCE_MS)
    copied = QGuiApplication.clipboard().image()
    assert window.parts.messages.texts() == ["Copied the picture, as it is shown."], "in the other's place"
    assert (copied.width(), copied.height()) == (48, 32)
    assert copied.pixelColor(3, 3).getRgb()[:3] == (100, 100, 100)
    window.actions_by_id["paste"].trigger()
    qtbot.waitUntil(lambda: len(window.rooms.workspace.documents) == 2, timeout=PATIENCE_MS)
    assert shown_document(window).source.name.startswith("Pasted ")
    assert (shown_document(window).raster("s0").pixels == 100).all()


def test_copied_files_are_opened(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window()
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(photo))])
    QGuiApplication.clipboard().setMimeData(mime)
    window.actions_by_id["paste"].trigger()
    qtbot.waitUntil(lambda: len(window.rooms.workspace.documents) == 1, timeout=PATIENCE_MS)
    assert shown_document(window).source == photo


def test_transparency_is_copied_too() -> None:
    alpha = np.array([[0, 255]], np.uint8)
    image = whole_image(PyramidImage((np.full((1, 2, 3), 50, np.uint8),), (alpha,)))
    assert [image.pixelColor(x, 0).alpha() for x in (0, 1)] == [0, 255]
    assert image.pixelColor(1, 0).red() == 50


def test_pictures_pasted_in_one_second_do_not_replace_each_other(tmp_path: Path) -> None:
    image = QImage(3, 2, QImage.Format.Format_RGB32)
    image.fill(0)
    paths = {kept_picture(image, tmp_path / "pasted") for _ in range(3)}
    assert len(paths) == 3
    assert all(path.is_file() for path in paths)


def test_a_recipe_of_a_branch_is_dropped_on_another_photo(
    open_window: OpenWindow, photo: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window(photo)
    apply(window, qtbot, amount=10)
    first = shown_document(window).cursor
    apply(window, qtbot, amount=20)
    recipe = tmp_path / "recipe.json"
    monkeypatch.setattr("PySide6.QtWidgets.QFileDialog.getSaveFileName", lambda *_given: (str(recipe), ""))
    window.parts.history.recipeAsked.emit(first)
    qtbot.waitUntil(recipe.is_file, timeout=PATIENCE_MS)
    assert [step["params"] for step in json.loads(recipe.read_text())["steps"]] == [{"amount": 10.0}]
    other = tmp_path / "other.png"
    other.write_bytes(photo.read_bytes())
    window.parts.canvas.filesDropped.emit([str(other)])
    qtbot.waitUntil(lambda: len(window.rooms.workspace.documents) == 2, timeout=PATIENCE_MS)
    document = shown_document(window)
    window.parts.canvas.filesDropped.emit([str(recipe)])
    qtbot.waitUntil(lambda: len(document.states) == 2, timeout=PATIENCE_MS)
    assert (document.raster(document.cursor).pixels == 110).all()
