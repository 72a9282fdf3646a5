"""Saving asks before it replaces what somebody wanted to keep, and a finished step stays where the user is not."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from desktop_app.core.application import Application
from desktop_app.core.document import commits
from desktop_app.core.document.document import Document
from desktop_app.core.document.session import Session
from desktop_app.core.imaging.export import PRESETS, USUAL
from desktop_app.core.imaging.files import open_photo
from desktop_app.core.steps.provenance import provenance_in
from desktop_app.gui.panels.messages import Message
from desktop_app.gui.shell.window import MainWindow
from tests.support.vouched import credentials_in, vouched_photo
from tests.support.windows import apply, shown_document

OpenWindow = Callable[..., MainWindow]


@pytest.fixture
def opened(open_window: OpenWindow, photo: Path) -> tuple[MainWindow, Document]:
    """Return a window with a photo, and the document."""
    window = open_window(photo)
    document = window.rooms.workspace.current
    assert document is not None
    return window, document


@pytest.mark.parametrize("name", ["result.png", "work.vlens"])
def test_a_read_only_file_is_replaced_after_asking(
    opened: tuple[MainWindow, Document], photo: Path, qtbot: QtBot, name: str
) -> None:
    window, document = opened
    workspace, messages, target = window.rooms.workspace, window.parts.messages, photo.with_name(name)
    target.write_bytes(b"to be kept")
    target.chmod(0o444)
    if target.suffix == ".png":
        workspace.save_result(document, document.cursor, target)
    else:
        workspace.save_project(document, target)
    qtbot.waitUntil(lambda: "read-only" in messages.text())
    assert target.read_bytes() == b"to be kept"
    messages.choose("Replace it all the same")
    qtbot.waitUntil(lambda: "Saved" in messages.text(), timeout=60_000)
    assert target.read_bytes() != b"to be kept"


def test_what_cannot_be_kept_is_a_fault_of_its_photo_until_it_is_kept(
    opened: tuple[MainWindow, Document], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, document = opened
    document.flush()
    heard: list[Message] = []
    window.rooms.workspace.said.connect(heard.append)

    has_room, write = threading.Event(), commits.write_step

    def written(*given: Any, **more: Any) -> None:
        if not has_room.is_set():
            raise OSError(28, "No space left on device")
        write(*given, **more)

    monkeypatch.setattr(commits, "write_step", written)
    window.rooms.steps.choose_tool("denoise.light")
    window.parts.form.apply_button.click()
    try:
        qtbot.waitUntil(lambda: len(heard) > 0, timeout=60_000)
        (failed,) = heard
        assert (failed.is_fault, failed.document, document.id in failed.topic) == (True, document.id, True)
        assert document.title in failed.text
        assert document.title in window.parts.messages.text()
    finally:
        has_room.set()  # else the window would ask at its end whether to stay
    document.flush()
    qtbot.waitUntil(lambda: len(heard) > 1, timeout=60_000)
    assert (heard[1].text, heard[1].topic) == ("", failed.topic)  # what was told is taken back
    assert document.title not in window.parts.messages.text()


def test_a_result_names_the_vouched_photo_that_it_was_made_of(
    open_window: OpenWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    window = open_window(vouched_photo(tmp_path / "vouched.jpg", tmp_path / "camera"))
    document, target = shown_document(window), tmp_path / "result.png"
    apply(window, qtbot)
    window.rooms.workspace.save_result(document, document.cursor, target)
    qtbot.waitUntil(lambda: "credentials are kept in the result" in window.parts.messages.text(), timeout=60_000)
    found = credentials_in(target, "image/png")
    made = found["manifests"][found["active_manifest"]]
    assert made["ingredients"][0]["title"] == "vouched.jpg"
    assert "denoise.light" in str(made["assertions"])


@pytest.mark.parametrize("is_project", [True, False])
def test_closing_says_what_is_kept(
    is_project: bool, opened: tuple[MainWindow, Document], tmp_path: Path, qtbot: QtBot
) -> None:
    window, document = opened
    if is_project:
        document.save_as(tmp_path / "work.vlens")
    apply(window, qtbot)
    window.rooms.workspace.close(document)
    words = "what is new since it was saved" if is_project else "in no project file"
    qtbot.waitUntil(lambda: words in window.parts.messages.text(), timeout=60_000)


@pytest.mark.parametrize("preset", ["", "web"])
def test_a_result_knows_by_which_choices_it_was_written(
    opened: tuple[MainWindow, Document], photo: Path, qtbot: QtBot, preset: str
) -> None:
    window, document = opened
    target = photo.with_name("result.jpg")
    apply(window, qtbot)
    window.rooms.workspace.save_result(document, document.cursor, target, preset=preset)
    qtbot.waitUntil(lambda: "Saved" in window.parts.messages.text(), timeout=60_000)
    made = provenance_in(open_photo(target).metadata)
    assert made is not None
    assert made.export == (PRESETS[preset] if preset else USUAL)


def test_the_opened_photo_is_replaced_after_asking(
    opened: tuple[MainWindow, Document], photo: Path, qtbot: QtBot
) -> None:
    window, document = opened
    messages, before = window.parts.messages, photo.read_bytes()
    photo.chmod(0o644)
    target = photo.parent / "." / photo.name
    window.rooms.workspace.save_result(document, document.cursor, target)
    qtbot.waitUntil(lambda: "the photo that was opened" in messages.text())
    assert photo.read_bytes() == before
    messages.choose("Replace it all the same")
    qtbot.waitUntil(lambda: "Saved" in messages.text(), timeout=60_000)


def test_a_project_that_is_open_already_comes_to_the_front(
    opened: tuple[MainWindow, Document], photo: Path, qtbot: QtBot
) -> None:
    window, document = opened
    workspace, project = window.rooms.workspace, photo.with_name("work.vlens")
    document.save_as(project)
    workspace.open_files([str(photo)])
    qtbot.waitUntil(lambda: len(workspace.documents) == 2, timeout=60_000)
    assert workspace.current is not document
    workspace.open_files([str(project)])
    assert workspace.current is document
    document.save_as(photo.with_name("other.vlens"))
    workspace.open_files([str(project), str(project), str(photo)])
    qtbot.waitUntil(lambda: len(workspace.documents) == 4, timeout=60_000)  # the project once, the photo again
    qtbot.wait(50)
    assert len(workspace.documents) == 4


def test_a_project_that_somebody_else_has_open_is_told(
    opened: tuple[MainWindow, Document], photo: Path, qtbot: QtBot
) -> None:
    window, document = opened
    project = photo.with_name("work.vlens")
    document.save_as(project)
    window.rooms.close_document(document)
    qtbot.waitUntil(lambda: not project.with_name(".work.vlens.lock").exists(), timeout=60_000)
    claim = {"host": "another machine", "process": 7, "started": 0.0}
    project.with_name(".work.vlens.lock").write_text(json.dumps(claim))
    heard: list[Message] = []
    window.rooms.workspace.said.connect(heard.append)
    window.rooms.workspace.open_files([str(project)])
    said = "work.vlens is open in process 7 on another machine too"
    qtbot.waitUntil(lambda: said in window.parts.messages.text(), timeout=60_000)
    assert [(each.stays, each.waits) for each in heard if said in each.text] == [(True, True)]  # until it was read
    again = window.rooms.workspace.current
    assert again is not None
    window.rooms.workspace.save_project(again, project)
    qtbot.waitUntil(lambda: "nobody else has open" in window.parts.messages.text(), timeout=60_000)


def test_a_click_during_a_commit_is_not_undone(
    opened: tuple[MainWindow, Document], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, document = opened
    is_committing, may_go_on, prepare = threading.Event(), threading.Event(), commits.prepare

    def prepare_slowly(*words: object) -> object:
        is_committing.set()
        assert may_go_on.wait(60)
        return prepare(*words)  # type: ignore[arg-type] # whatever it is called with

    window.rooms.steps.choose_tool("denoise.light")
    window.rooms.steps.apply()
    qtbot.waitUntil(lambda: len(document.states) == 2 and not window.rooms.runs.is_busy, timeout=60_000)
    monkeypatch.setattr(commits, "prepare", prepare_slowly)
    window.rooms.steps.choose_tool("uncertainty.measure")
    window.rooms.steps.apply()
    qtbot.waitUntil(is_committing.is_set, timeout=60_000)
    window.rooms.viewer.jump(document.root)
    may_go_on.set()
    qtbot.waitUntil(lambda: len(document.states) == 3, timeout=60_000)
    qtbot.waitUntil(lambda: "it stands in the history of photo.png" in window.parts.messages.text())
    assert (document.cursor, document.states["s2"].parent) == (document.root, "s1")


def _leave_behind(session: Session, photo: Path) -> None:
    """Leave a photo with an unsaved step, as a program that ended does."""
    left = session.open_photo(photo)
    left.rename(left.root, "changed")
    left.close()


def test_several_leftovers_are_counted(
    application: Application, open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    for number in range(2):
        _leave_behind(application.session, photo)
        (application.data / "session" / f"spoilt{number}.vlens").write_bytes(b"no database at all")
    messages = open_window().parts.messages
    qtbot.waitUntil(lambda: len(messages.texts()) == 2, timeout=60_000)
    said = " ".join(messages.texts())
    assert "2 photos can be brought back" in said
    assert "found 2 damaged documents" in said


def test_a_damaged_leftover_is_told_beside_those_that_can_be_brought_back(
    application: Application, open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    session = application.session
    _leave_behind(session, photo)
    spoilt = application.data / "session" / "spoilt.vlens"
    spoilt.write_bytes(b"no database at all")
    messages = open_window().parts.messages
    qtbot.waitUntil(lambda: "“photo.png” can be brought back" in messages.text(), timeout=60_000)
    assert any("found the damaged spoilt.vlens" in text for text in messages.texts())
    messages.choose("Restore")
    qtbot.waitUntil(lambda: [each.title for each in session.documents] == ["photo.png"], timeout=60_000)
    messages.choose("Discard…")
    messages.choose("Discard for good")
    qtbot.waitUntil(lambda: not spoilt.exists(), timeout=60_000)
    assert [each.title for each in session.documents] == ["photo.png"]


def test_what_was_left_behind_is_discarded_only_when_that_is_said_twice(
    application: Application, open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    session = application.session
    _leave_behind(session, photo)
    messages = open_window().parts.messages
    offered = "Verilens ended with unsaved steps; “photo.png” can be brought back."
    qtbot.waitUntil(lambda: messages.texts() == [offered], timeout=60_000)
    messages.choose("Discard…")
    assert messages.texts() == ["Discard the unsaved steps of “photo.png” for good?"]
    messages.choose("Keep")
    assert messages.texts() == [offered]
    messages.begin()  # the user does something else: it is still a question
    assert messages.texts() == [offered]
    assert len(session.recoverable()) == 1
    for choice in ("Discard…", "Discard for good"):
        messages.choose(choice)
    qtbot.waitUntil(lambda: not session.recoverable(), timeout=60_000)
    assert messages.texts() == []


def test_nothing_chosen_is_nothing_begun(opened: tuple[MainWindow, Document], photo: Path, qtbot: QtBot) -> None:
    workspace = opened[0].rooms.workspace
    with qtbot.assertNotEmitted(workspace.begun):
        workspace.open_files([])
    with qtbot.assertNotEmitted(workspace.currentChanged):
        workspace.show(opened[1])
    with qtbot.waitSignal(workspace.begun):
        workspace.open_files([str(photo)])
    assert workspace.is_opening
    assert workspace.is_read(photo)
    qtbot.waitUntil(lambda: not workspace.is_opening, timeout=60_000)
    assert not workspace.is_read(photo)
