"""Where a file goes: the kind that was chosen, the whole name, and no file of the user's is replaced unasked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from desktop_app.gui.documents.exports import _MAPS, _REPORTS
from desktop_app.gui.documents.save_place import completed, place_beside
from desktop_app.gui.documents.start import sample_photos
from desktop_app.gui.documents.workspace import PROJECT_SUFFIX
from desktop_app.gui.shell.file_commands import _RESULTS
from desktop_app.gui.shell.window import MainWindow
from tests.support.windows import shown_document

OpenWindow = Callable[..., MainWindow]

_CASES = [
    ("map", "map.tif", _MAPS, 0, "map.tif"),
    ("map.tif", "map.tif", _MAPS, 1, "map.png"),
    ("map.jpg", "map.tif", _MAPS, 0, "map.tif"),
    ("map.png", "map.tif", _MAPS, 0, "map.png"),
    ("a.html", "a.html", _REPORTS, 1, "a.json"),
    ("a.pdf", "a.html", _REPORTS, 0, "a.pdf.html"),
    ("holiday.2024", "a.png", _RESULTS, 0, "holiday.2024.png"),
    ("a.png", "a.png", _RESULTS, 2, "a.tif"),
    ("a.png", "a.png", _RESULTS, 6, "a.jpg"),
    ("a.JPEG", "a.png", _RESULTS, 1, "a.JPEG"),
    ("a.webp", "a.png", _RESULTS, 0, "a.webp"),
    ("a.", "a.png", _RESULTS, 0, "a.png"),
]


@pytest.mark.parametrize(("typed", "proposed", "kinds", "place", "name"), _CASES)
def test_the_name_ends_as_what_is_written(typed: str, proposed: str, kinds: str, place: int, name: str) -> None:
    assert completed(Path(typed), Path(proposed), kinds.split(";;")[place], kinds).name == name


@pytest.mark.parametrize("action", ["save_result", "save_project_as", "save_recipe", "save_report"])
def test_a_file_of_the_completed_name_is_asked_for(
    open_window: OpenWindow, photo: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    window, typed, asked = open_window(photo), photo.with_name("precious"), list[str]()
    there = [typed.with_suffix(ending) for ending in (".png", PROJECT_SUFFIX, ".json", ".html")]
    for path in there:
        path.write_text("precious", encoding="utf-8")
    names = iter([str(typed), ""])
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (next(names), ""))

    def never(_parent: object, _title: str, question: str, *_buttons: object) -> QMessageBox.StandardButton:
        asked.append(question)
        return QMessageBox.StandardButton.No

    monkeypatch.setattr(QMessageBox, "question", never)
    window.actions_by_id[action].trigger()
    assert len(asked) == 1
    assert "precious." in asked[0]
    assert not list(names), "it asks for another name then"
    assert {path.read_text(encoding="utf-8") for path in there} == {"precious"}


def test_what_is_made_of_a_sample_goes_to_the_user_s_own_pictures(open_window: OpenWindow) -> None:
    sample = sample_photos()[0]
    place = place_beside(shown_document(open_window(sample)), "-verilens.png")
    assert place.name == f"{sample.stem}-verilens.png"
    assert place.is_absolute()
    assert sample.parent not in place.parents
    assert place.parent.is_dir()
