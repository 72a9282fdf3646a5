"""The model manager: what is here and what could be, found by search and filters; files are added and removed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QComboBox, QMessageBox, QWidget
from pytestqt.qtbot import QtBot
from safetensors.torch import save_file

from desktop_app.api.errors import InputError
from desktop_app.core.application import Application
from desktop_app.core.models import adding
from desktop_app.core.models.preflight import WAYS
from desktop_app.core.plugins.entries import ModelEntry, Snapshot, ToolEntry
from desktop_app.gui.panels.add_model import AddModelDialog
from desktop_app.gui.panels.models_dialog import ModelDialog
from desktop_app.gui.panels.subject import SubjectPicker
from desktop_app.gui.setup import models
from desktop_app.gui.setup.models import Models
from desktop_app.gui.threads.background import Background
from desktop_app.gui.threads.bridge import Bridge
from desktop_app.gui.viewmodel.models import NORMALISATIONS, all_models, card_html, matching, place_of
from tests.core.models.test_library import dncnn

HERE = ModelEntry(id="a.net", title="Sharp <b>", task="restoration", purpose="superres", scale=4, sha256="ab" * 32,
                  weights="w", bytes=4_000_000, licence="MIT", commercial="yes", origin="added", tiling="exact")
SAME = ModelEntry(id="b", title="Same file", task="restoration", sha256="ab" * 32, origin="catalogue", urls=("http://x",))
SEEN = ModelEntry(id="c", title="Namer", task="classifier", sha256="cd" * 4, origin="catalogue", urls=("http://x",),
                  bytes=90_000_000, page="https://example.org")
PAGE = ModelEntry(id="d", title="Paged", task="restoration", purpose="jpeg", sha256="ef" * 32, origin="catalogue",
                  page="https://example.org")
RUNS = ToolEntry(id="restore.model", kind="restoration", task="restore", title="Restoration model", summary="",
                 version="1", plugin="p", plugin_version="1", distribution="verilens", network="network",
                 schema={"properties": {"network": {"type": "string", "default": "a.net"}}})
ARCHITECTURE = ModelEntry(id="net.plain", title="Plain net", task="restoration", sha256="")
SNAPSHOT = Snapshot((RUNS,), (HERE,))


def test_a_catalogued_model_that_is_here_is_listed_once() -> None:
    assert all_models(SNAPSHOT, (SAME, SEEN, PAGE)) == [HERE, SEEN, PAGE]
    assert [place_of(one) for one in (HERE, SEEN, PAGE)] == ["added by you", "to download", "on its page"]


@pytest.mark.parametrize(
    ("words", "purpose", "place", "most", "found"),
    [("", "", "", 0, "a.net c d"), ("NAME", "", "", 0, "c"), ("", "superres", "", 0, "a.net"),
     ("", "", "here", 0, "a.net"), ("", "", "catalogue", 0, "c d"), ("", "", "", 5_000_000, "a.net d"),
     ("nothing", "", "", 0, "")],
)  # fmt: skip
def test_search_and_filters(words: str, purpose: str, place: str, most: int, found: str) -> None:
    assert [one.id for one in matching([HERE, SEEN, PAGE], words, purpose, place, most)] == found.split()


def test_models_of_a_scale_and_for_commercial_use_are_found() -> None:
    every = [HERE, SEEN, PAGE]
    assert matching(every, "", "", "", 0, 4) == [HERE]
    assert matching(every, "", "", "", 0, 1) == [SEEN, PAGE]
    assert matching(every, "", "", "", 0, 0, "yes") == [HERE]
    dialog = ModelDialog()
    dialog.show_models(every, SNAPSHOT)
    dialog.licence.setCurrentIndex(dialog.licence.findData("yes"))
    assert dialog.list.topLevelItemCount() == 1
    dialog.scale.setCurrentIndex(dialog.scale.findData(2))
    assert dialog.list.topLevelItemCount() == 0
    assert dialog.card.text() == "No model fits the search and the filters."
    dialog.deleteLater()


def test_a_card_says_licence_use_and_tools_and_bears_any_text() -> None:
    text = card_html(HERE, SNAPSHOT)
    assert "MIT · commercial use allowed" in text
    assert "Restoration model" in text
    assert "Sharp &lt;b&gt;" in text
    assert "commercial use not stated" in card_html(SEEN, SNAPSHOT)


def test_the_dialog_offers_what_can_be_done(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    dialog = ModelDialog()
    qtbot.addWidget(dialog)
    dialog.show_models([HERE, SEEN, PAGE], SNAPSHOT)
    expected = {"a.net": (False, True, False), "c": (True, False, True), "d": (False, False, True)}
    for name, wanted in expected.items():
        dialog.choose(name)
        assert tuple(button.isEnabled() for button in (dialog.download, dialog.remove, dialog.page)) == wanted
    dialog.search.setText("namer")
    assert dialog.list.topLevelItemCount() == 1
    dialog.choose("c")
    with qtbot.waitSignal(dialog.downloadAsked) as asked:
        dialog.download.click()
    assert asked.args == ["c"]
    dialog.show_progress(0.5, "downloading")
    assert not dialog.download.isEnabled()
    dialog.show_progress(None)
    dialog.search.clear()
    dialog.choose("a.net")
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    with qtbot.waitSignal(dialog.removeAsked):
        dialog.remove.click()


def test_a_narrow_manager_keeps_search_and_names_readable_and_leaves_out_what_the_card_says_too(qtbot: QtBot) -> None:
    dialog = ModelDialog()
    qtbot.addWidget(dialog)
    dialog.show_models([HERE, SEEN, PAGE, replace(HERE, id="e", title="A restorer with a rather long name")], SNAPSHOT)
    dialog.show()
    for width, least in ((1080, 6), (784, 3), (624, 2)):
        dialog.resize(width, 560)
        assert dialog.search.width() >= 0.9 * width
        assert all(box.mapTo(dialog, box.rect().topRight()).x() <= width for box in dialog.findChildren(QComboBox))
        assert dialog.purpose.mapTo(dialog, QPoint()).y() >= dialog.search.geometry().bottom()
        shown = [column for column in range(dialog.list.columnCount()) if not dialog.list.isColumnHidden(column)]
        assert len(shown) >= least
        assert dialog.list.columnWidth(0) >= min(
            dialog.list.sizeHintForColumn(0), int(0.45 * dialog.list.viewport().width()))  # fmt: skip
        assert sum(map(dialog.list.columnWidth, shown)) <= dialog.list.viewport().width()


@pytest.fixture
def room(qtbot: QtBot, tmp_path: Path) -> Iterator[Models]:
    parent = QWidget()
    qtbot.addWidget(parent)
    bridge = Bridge(parent)
    background = Background(bridge)
    yield Models(Application(tmp_path / "home"), background, parent)
    background.close()
    bridge.close()


def test_a_file_is_added_and_removed(room: Models, qtbot: QtBot, tmp_path: Path) -> None:
    save_file(dncnn(), tmp_path / "small.safetensors")
    with qtbot.waitSignal(room.changed, timeout=60_000):
        room.add(str(tmp_path / "small.safetensors"))
    assert [one.id for one in room._application.library.entries()] == ["small"]
    assert "small was added" in room.dialog().said.text()
    with qtbot.waitSignal(room.changed, timeout=60_000):
        room.remove("small")
    assert room._application.library.entries() == ()


def test_a_bad_file_is_told_in_the_dialog(room: Models, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "bad.pth").write_text("no weights")
    room.add(str(tmp_path / "bad.pth"))
    qtbot.waitUntil(lambda: "which is none of them" in room.dialog().said.text(), timeout=60_000)
    assert room.dialog().add.isEnabled()


def test_a_classifier_is_downloaded_by_its_makers_name(
    room: Models, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    from desktop_app.core.models import hub

    offered, asked = replace(SEEN, sha256="", urls=("https://example.org/w.pth",)), list[object]()
    monkeypatch.setattr(hub, "on_hub", lambda name: asked.append(name) or offered)
    monkeypatch.setattr(
        adding, "download_and_add", lambda wanted, *_rooms, known, say: asked.append((wanted, *known)) or HERE
    )
    dialog = room.dialog()
    assert "timm:" in dialog.card.text()
    for text in ("timm:", "resnet18"):
        dialog.search.setText(text)
        assert not dialog.download.isEnabled()
    dialog.search.setText(" timm:resnet<18> ")
    assert "timm:resnet&lt;18&gt;" in dialog.card.text()
    with qtbot.waitSignal(room.changed, timeout=60_000):
        dialog.download.click()
    assert asked == ["timm:resnet<18>", (offered, offered)]
    assert "No hash of https://example.org/w.pth is told" in dialog.said.text()


def test_a_file_is_added_with_all_that_was_said_of_it(
    room: Models, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[dict[str, object]] = []
    monkeypatch.setattr(adding, "add_file", lambda path, *_rooms, **more: given.append({"path": path, **more}) or HERE)
    room.show_snapshot(Snapshot((), (HERE, ARCHITECTURE)))
    room.dialog().add.click()
    asked = room.dialog().findChild(AddModelDialog)
    assert not asked.add.isEnabled()
    (tmp_path / "w.pth").write_bytes(b"")
    asked.file.setText(str(tmp_path / "w.pth"))
    assert asked.add.isEnabled()
    asked.name.setText(" mine ")
    assert [asked.architecture.itemText(index) for index in range(asked.architecture.count())] == ["", "net.plain"]
    asked.architecture.setCurrentText("resnet18")
    asked.labels.setText("labels.txt")
    asked.way.setCurrentIndex(asked.way.findData("imagenet"))
    with qtbot.waitSignal(room.changed, timeout=60_000):
        asked.add.click()
    (got,) = given
    assert (got["path"], got["labels"]) == (tmp_path / "w.pth", Path("labels.txt"))
    assert (got["model_id"], got["architecture"], got["normalisation"]) == ("mine", "resnet18", "imagenet")
    assert got["known"], "a file that the catalogue knows is told by its hash"


def test_what_is_not_said_of_a_file_is_left_open(room: Models, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[dict[str, object]] = []
    monkeypatch.setattr(adding, "add_file", lambda path, *_rooms, **more: given.append(more) or HERE)
    dialog = AddModelDialog((), room.dialog())
    with qtbot.waitSignal(room.changed, timeout=60_000):
        room.add("w.pth", **dialog.details())
    assert [given[0][name] for name in ("model_id", "architecture", "labels", "normalisation")] == [None] * 4


def test_the_ways_to_prepare_a_photo_are_those_that_there_are() -> None:
    assert {name: title for name, title in NORMALISATIONS.items() if name} == {
        name: way.title for name, way in WAYS.items()
    }


def test_a_classifier_that_came_without_a_preflight_is_looked_at_once(
    room: Models, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    found = {"gives": "logits", "normalisation": "inside", "range": "[0, 1]", "warnings": ["Mind this."]}
    monkeypatch.setattr(models, "checked", lambda _store, model: looked.append(model) or found)
    seen = replace(SEEN, weights="w", origin="bundled")
    room.show_snapshot(Snapshot((), (HERE, seen)))
    dialog = room.dialog()
    dialog.choose("c")
    qtbot.waitUntil(lambda: "logits, normalisation inside, sees [0, 1]. Mind this." in dialog.card.text())
    dialog.choose("a.net")
    assert "Preflight" not in dialog.card.text()
    dialog.choose("c")
    assert "logits" in dialog.card.text()
    assert looked == ["c"]


def test_the_picker_offers_restorers_to_a_tool_that_runs_one(qtbot: QtBot) -> None:
    picker = SubjectPicker()
    qtbot.addWidget(picker)
    picker.show_tool(RUNS, SNAPSHOT)
    assert picker.model_id() == "a.net"
    assert [subject.model for subject in picker.subjects()] == ["a.net"]  # type: ignore[union-attr] # no target here
    assert picker.problem() is None
    with qtbot.waitSignal(picker.modelsAsked):
        picker.manage.click()
    picker.show_tool(RUNS, Snapshot((RUNS,), (SEEN,)))
    assert picker.problem() is not None


def test_the_picker_tells_models_of_one_title_apart_and_has_room_for_long_names(qtbot: QtBot) -> None:
    picker = SubjectPicker()
    qtbot.addWidget(picker)
    long = replace(HERE, id="c.net", title="A name of many words that tells all about how it was trained")
    picker.show_tool(RUNS, Snapshot((RUNS,), (HERE, replace(HERE, id="b.net"), long)))
    box = picker.model
    assert [box.itemText(index) for index in range(3)] == [f"{HERE.title} (a.net)", f"{HERE.title} (b.net)", long.title]
    assert box.view().minimumWidth() > box.fontMetrics().horizontalAdvance(long.title) > box.minimumSizeHint().width()
    box.setCurrentIndex(2)
    assert box.toolTip() == long.title


def test_only_one_thing_goes_on_at_a_time_and_can_be_stopped(
    room: Models, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_go = list[str](), Event()

    def slow(path: Path, *_rooms: object, say: Callable[..., None], **_more: object) -> ModelEntry:
        begun.append(path.name)
        say(0.25, "reading the file")
        assert may_go.wait(60)
        say(0.5, "more")
        return HERE

    monkeypatch.setattr(adding, "add_file", slow)
    dialog, heard = room.dialog(), list[int]()
    room.changed.connect(lambda: heard.append(1))
    room.add("one.pth")
    assert (dialog.said.text(), dialog.progress.value(), dialog.cancel.isHidden()) == ("Beginning", 0, False)
    room.add("two.pth")
    qtbot.waitUntil(lambda: dialog.said.text() == "Reading the file")
    assert dialog.progress.value() == 250
    dialog.cancel.click()
    may_go.set()
    qtbot.waitUntil(lambda: dialog.said.text() == "Cancelled; nothing was added.")
    assert (begun, heard, dialog.cancel.isHidden(), dialog.progress.isHidden()) == (["one.pth"], [], True, True)
    qtbot.wait(2 * models._GLANCE)
    assert dialog.said.text() == "Cancelled; nothing was added.", "nobody looks how far it is any more"
    room.cancel()
    room.add("two.pth")
    qtbot.waitUntil(lambda: heard == [1])
    assert dialog.said.text() == "Sharp <b> was added."


def test_warnings_of_what_was_added_are_told_and_the_list_has_it(
    room: Models, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    warned = replace(HERE, preflight={"warnings": ["It is slow.", "It is large."]})
    monkeypatch.setattr(adding, "add_file", lambda *_given, **_more: warned)
    dialog = room.dialog()
    listed = dialog.list.topLevelItemCount()
    with qtbot.waitSignal(room.changed):
        room.add("one.pth")
    assert dialog.said.text() == "Sharp <b> was added. It is slow. It is large."
    room.show_snapshot(Snapshot((), (HERE,)))
    assert dialog.list.topLevelItemCount() == listed + 1


def test_a_page_is_opened_and_what_cannot_be_removed_is_told(
    room: Models, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(models.QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    known = room._application.catalogue.entries()[0]
    room.dialog().pageAsked.emit(known.id)
    assert opened == [known.page]
    room.remove("nobody")
    qtbot.waitUntil(lambda: "nobody" in room.dialog().said.text())


def test_a_classifier_that_cannot_be_looked_at_says_why(
    room: Models, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_store: object, model: str) -> None:
        raise InputError(f"expected the weights of {model}, got none; add them again")

    monkeypatch.setattr(models, "checked", fail)
    room.show_snapshot(Snapshot((), (HERE, replace(SEEN, weights="w", origin="bundled"))))
    dialog = room.dialog()
    dialog.choose("c")
    assert "being looked at" in dialog.card.text()
    qtbot.waitUntil(lambda: "xpected the weights of c" in dialog.card.text())


def test_what_the_command_line_added_meanwhile_is_asked_for_when_the_manager_opens(
    room: Models, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = list[int]()
    room.changed.connect(lambda: heard.append(1))
    room.show_snapshot(Snapshot((), (HERE,)))
    monkeypatch.setattr(type(room._application.library), "entries", lambda _library: (HERE,))
    room.open()
    assert heard == []
    monkeypatch.setattr(type(room._application.library), "entries", lambda _library: (HERE, replace(HERE, id="b.net")))
    room.open()
    assert heard == [1]
    room.dialog().close()
