"""Maps and reports leave the window as files; the report says the answer first; an attack's change has a sign."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from desktop_app.core.imaging import heatmap
from desktop_app.core.jobs.request import MapLayer, Outcome, StepRecord
from desktop_app.gui.documents.exports import write_map
from desktop_app.gui.shell.window import MainWindow
from desktop_app.gui.viewmodel.maps import MapChoice
from tests.gui.test_window import apply
from tests.support.windows import shown_document

OpenWindow = Callable[..., MainWindow]


def attack(window: MainWindow, qtbot: QtBot) -> None:
    """Put an attack into the history that moved every pixel by its budget, up on the left and down on the right."""
    document = shown_document(window)
    raster = document.raster("s0")
    moved = np.where(np.arange(raster.width) < 24, 8.0, -8.0) * np.ones((raster.height, 1))
    maps = (
        MapLayer("perturbation", "perturbation", "levels", "How far.", "magma", np.abs(moved).astype(np.float32)),
        MapLayer("signed perturbation", "perturbation", "levels", "Which way.", "RdBu_r", moved.astype(np.float32)),
    )
    top = [{"label": "cat", "index": 0, "p": 0.9}, {"label": "dog", "index": 1, "p": 0.002}]
    then = [{"label": "ship", "index": 2, "p": 0.8}, {"label": "cat", "index": 0, "p": 0.2}]
    report = {"success": True, "norm": "linf", "eps": 8.0, "before": top, "after": then, "caveats": ["<none> & all"]}
    record = StepRecord("attack.pgd", "attack", "PGD", "test", "1", {"eps": 8.0}, 0)
    document.commit(document.root, Outcome(record, raster, maps, report), "PGD")
    qtbot.waitUntil(lambda: window.parts.maps.list.count() == 1, timeout=60_000)


def choose(monkeypatch: pytest.MonkeyPatch, path: Path, kind: str = "") -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(path), kind))


def test_a_map_is_saved_as_numbers_and_as_a_picture(
    open_window: OpenWindow, photo: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window(photo)
    apply(window, qtbot, "uncertainty.measure")
    choose(monkeypatch, photo.with_name("map"), "Map as numbers, 32-bit TIFF (*.tif)")
    window.parts.maps.save.click()
    qtbot.waitUntil(lambda: "map.tif" in window.parts.messages.text(), timeout=60_000)
    numbers = tifffile.imread(photo.with_name("map.tif"))
    assert numbers.dtype == np.float32
    assert np.array_equal(numbers, shown_document(window).map("s1", "spread").values)
    choose(monkeypatch, photo.with_name("map.png"))
    window.actions_by_id["save_map"].trigger()
    qtbot.waitUntil(lambda: "map.png" in window.parts.messages.text(), timeout=60_000)
    with Image.open(photo.with_name("map.png")) as picture:
        assert picture.width > 48  # the colour bar stands beside it


def test_a_map_is_saved_in_the_colours_and_the_range_that_are_shown(
    open_window: OpenWindow, photo: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[dict[str, Any]] = []
    monkeypatch.setattr(heatmap, "write_picture", lambda _layer, _path, **how: given.append(how))
    window = open_window(photo)
    apply(window, qtbot, "uncertainty.measure")
    state = shown_document(window).cursor
    choices = (
        MapChoice("spread", colormap="magma", mode="full"),
        MapChoice("spread", colormap="gray", mode="fixed", low=5.0, high=90.0),
    )
    for choice in choices:
        write_map(shown_document(window), state, choice, photo.with_name("map.png"))
    assert given == [{"mode": "full", "colormap": "magma"}, {"mode": (5.0, 90.0), "colormap": "gray"}]


def test_without_a_map_it_says_so(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    assert not window.parts.maps.save.isVisible()
    window.actions_by_id["save_map"].trigger()
    assert "Choose a map" in window.parts.messages.text()


def test_a_report_is_saved_as_a_page_and_as_data(
    open_window: OpenWindow, photo: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window(photo)
    attack(window, qtbot)
    page, data = photo.with_name("report.html"), photo.with_name("report.json")
    choose(monkeypatch, page)
    window.parts.report.save.click()
    qtbot.waitUntil(page.exists, timeout=60_000)
    text = page.read_text(encoding="utf-8")
    assert text.index("now says “ship”") < text.index("<details>") < text.index("attack.pgd")
    assert "&lt;none&gt; &amp; all" in text
    choose(monkeypatch, data)
    window.actions_by_id["save_report"].trigger()
    qtbot.waitUntil(data.exists, timeout=60_000)
    content = json.loads(data.read_text(encoding="utf-8"))
    assert content["report"]["after"][0]["label"] == "ship"
    assert content["step"]["tool"] == "attack.pgd"
    assert [layer["name"] for layer in content["maps"]] == ["perturbation", "signed perturbation"]


def test_the_answer_comes_first_and_how_it_was_made_is_folded(
    open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    window = open_window(photo)
    attack(window, qtbot)
    panel = window.parts.report
    window.uncover(panel)
    view = window.rooms.viewer.report()
    assert view is not None
    assert view.sentences[0] == "The attack succeeded: the model said “cat” and now says “ship”."
    assert [(bar.label, bar.numbers()) for bar in view.bars] == [
        ("cat", "90.0 → 20.0 %"), ("ship", "< 0.2 → 80.0 %"), ("dog", "0.2 → < 20.0 %"),
    ]  # fmt: skip
    assert not panel._provenance.isVisible()
    panel.fold.click()
    assert panel._provenance.isVisible()


def test_a_perturbation_is_seen_with_its_sign_in_the_range_of_its_budget(
    open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    window = open_window(photo)
    attack(window, qtbot)
    item = window.parts.maps.list.item(0)
    item.setCheckState(Qt.CheckState.Checked)
    assert window.parts.maps.list.item(0) is item  # it would be gone while Qt still tells of it
    for is_signed, ends in ((True, (-8.0, 8.0)), (False, (0.0, 8.0))):
        window.parts.maps.signed.setChecked(is_signed)
        qtbot.waitUntil(lambda: window.parts.legend.scale() is not None, timeout=60_000)
        qtbot.waitUntil(lambda ends=ends: _range(window) == ends, timeout=60_000)
        if is_signed:
            overlay = window.parts.canvas.scene().overlay
            assert overlay is not None
            assert overlay.levels[0][5, 3] > 200
            assert overlay.levels[0][5, 40] < 50


def _range(window: MainWindow) -> tuple[float, float] | None:
    scale = window.parts.legend.scale()
    return None if scale is None else (scale.low, scale.high)


def test_a_name_beside_the_photo_is_offered_and_ends_as_the_chosen_kind(
    open_window: OpenWindow, photo: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    kind = ["Report as data, JSON (*.json)"]

    def ask(_parent: object, title: str, name: str, _kinds: str) -> tuple[str, str]:
        asked.append(f"{title}: {name}")
        return ("" if not kind[0] else str(photo.with_name("told"))), kind[0]

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    window = open_window(photo)
    exports = window.rooms.exports
    exports.choose_report_file()
    qtbot.waitUntil(photo.with_name("told.json").exists, timeout=60_000)
    apply(window, qtbot, "uncertainty.measure")
    kind[0] = "Map as a picture with its colour bar, PNG (*.png)"
    exports.choose_map_file()
    qtbot.waitUntil(photo.with_name("told.png").exists, timeout=60_000)
    assert asked == [f"Save report as: {photo.with_name('photo-report.html')}",
                     f"Save map as: {photo.with_name('photo-spread.tif')}"]  # fmt: skip
    kind[0] = ""  # thought better of it
    before = window.parts.messages.texts()
    exports.choose_map_file()
    exports.choose_report_file()
    assert window.parts.messages.texts() == before


def test_a_file_that_cannot_be_written_is_told(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    window.rooms.exports.save_report(photo / "below-a-file" / "report.JSON")
    qtbot.waitUntil(lambda: "report.JSON" in window.parts.messages.text(), timeout=60_000)
    window.rooms.exports.save_report(photo.with_name("report.JSON"))
    qtbot.waitUntil(photo.with_name("report.JSON").exists, timeout=60_000)
    assert "report" in json.loads(photo.with_name("report.JSON").read_text(encoding="utf-8"))


def test_without_a_photo_no_file_is_asked_for(open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_given: pytest.fail("asked for a file"))
    exports = open_window().rooms.exports
    exports.choose_report_file()
    exports.save_report(Path("nowhere.html"))
    exports.save_map(Path("nowhere.tif"))
