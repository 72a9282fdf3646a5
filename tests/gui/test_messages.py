"""What is said over the photo: it fades, goes with its doing and its document, and hides nothing that waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop_app.api.errors import InputError
from desktop_app.core.plugins.entries import PluginEntry
from desktop_app.gui.panels import messages
from desktop_app.gui.panels.messages import Message, MessageBar, fault
from desktop_app.gui.shell.window import MainWindow
from tests.gui.conftest import FakeApplication
from tests.support.windows import apply

OpenWindow = Callable[..., MainWindow]


@pytest.fixture
def bar(qtbot: QtBot) -> MessageBar:
    bar = MessageBar()
    qtbot.addWidget(bar)
    return bar


def test_a_notice_fades_and_a_fault_or_a_question_stays(
    bar: MessageBar, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "_READING_MS", (1, 0))
    bar.show_message(Message("A fault.", is_fault=True, topic="a"))
    bar.show_message(Message("A question.", topic="b", waits=True))
    bar.show_message(Message("A notice.", topic="c"))
    assert bar.texts() == ["A question.", "A notice.", "A fault."]
    qtbot.waitUntil(lambda: bar.texts() == ["A question.", "A fault."])


def test_what_goes_wrong_is_a_line_that_stays() -> None:
    said = fault(InputError("expected a photo,\ngot none; choose one"), topic="open", document="d")
    assert said == Message("expected a photo, got none; choose one", is_fault=True, topic="open", document="d")
    assert said.reading_ms() is None


def test_a_screen_reader_says_it_at_once_if_it_is_a_fault(bar: MessageBar, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[str, str]] = []
    monkeypatch.setattr(
        messages.QAccessible, "updateAccessibility",
        lambda event: said.append((event.message(), event.politeness().name)),
    )  # fmt: skip
    bar.show_message(Message("A notice.", topic="a"))
    bar.show_message(Message("A fault.", is_fault=True, topic="b"))
    bar.show_message(Message("", topic="b"))
    assert said == [("A notice.", "Polite"), ("A fault.", "Assertive")]


def test_a_topic_has_one_message_and_one_without_text_takes_it_back(bar: MessageBar) -> None:
    bar.show_message(Message("First.", is_fault=True, topic="a"))
    bar.show_message(Message("Other.", is_fault=True, topic="b"))
    bar.show_message(Message("Second.", topic="a"))
    assert bar.texts() == ["Second.", "Other."]
    bar.show_message(Message("", topic="a"))
    assert bar.texts() == ["Other."]
    bar.dismiss()
    assert bar.isHidden()


def test_the_oldest_go_but_a_question_stays(bar: MessageBar) -> None:
    bar.show_message(Message("Question.", topic="q", waits=True))
    for number in range(5):
        bar.show_message(Message(str(number), is_fault=True, topic=str(number)))
    assert bar.texts() == ["Question.", "4", "3", "2"]
    bar.begin()
    assert bar.texts() == ["Question."]
    bar.show_message(Message("Of no doing.", is_fault=True, topic="s", stays=True))
    bar.begin()
    assert bar.texts() == ["Question.", "Of no doing."]


def test_a_message_goes_with_its_document(bar: MessageBar) -> None:
    bar.show_message(Message("Of one.", is_fault=True, topic="a", document="one"))
    bar.show_message(Message("Of none.", is_fault=True, topic="b"))
    bar.show_document("one")
    assert bar.texts() == ["Of none.", "Of one."]
    bar.show_document("two")
    bar.show_document("one")
    assert bar.texts() == ["Of none."]


def test_a_chosen_button_closes_its_message(bar: MessageBar) -> None:
    chosen: list[str] = []
    bar.show_message(Message("Question.", choices=(("Yes", lambda: chosen.append("yes")),), topic="q"))
    bar.show_message(Message("Newer.", topic="n"))
    bar.choose("Yes")
    assert (chosen, bar.texts()) == (["yes"], ["Newer."])


def test_a_new_step_takes_back_what_was_said_before(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    steps, said, document = window.rooms.steps, window.parts.messages, window.rooms.workspace.current
    assert document is not None
    bad = photo.with_name("empty.vlens")
    bad.write_bytes(b"")
    window.rooms.workspace.open_files([str(bad)])
    qtbot.waitUntil(lambda: "empty.vlens" in said.text(), timeout=60_000)
    steps.choose_tool("denoise.slow")
    steps.apply()
    assert said.texts() == []
    steps.cancel()
    assert said.text() == "Cancelled Slow; nothing was changed."
    steps.choose_tool("denoise.light")
    steps.apply()
    qtbot.waitUntil(lambda: len(document.states) == 2 and not window.rooms.runs.is_busy, timeout=60_000)
    assert said.texts() == []


def test_a_fault_of_a_step_does_not_stay_over_another_photo(
    open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    window = open_window(photo, photo)
    workspace, said = window.rooms.workspace, window.parts.messages
    window.rooms.steps.choose_tool("denoise.faulty")
    window.rooms.steps.apply()
    qtbot.waitUntil(lambda: "Faulty" in said.text(), timeout=60_000)
    workspace.show(workspace.documents[0])
    assert said.texts() == []
    workspace.show(workspace.documents[1])
    assert said.texts() == []


def test_every_file_that_cannot_be_opened_is_named(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window()
    paths = [photo.with_name(f"{name}.png") for name in ("one", "two")]
    for path in paths:
        path.write_bytes(b"no picture")
    window.rooms.workspace.open_files([str(path) for path in (*paths, photo)])
    qtbot.waitUntil(lambda: window.rooms.keeper.picture() is not None, timeout=60_000)
    qtbot.waitUntil(lambda: all(path.name in window.parts.messages.text() for path in paths), timeout=60_000)
    lines = window.parts.messages.text().splitlines()
    assert [(line[:9], line[-1]) for line in lines] == [("Expected ", ".")] * 2


def test_a_message_moves_no_photo(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    canvas, said = window.parts.canvas, window.parts.messages
    place, view = canvas.geometry(), canvas.view()
    window.say(Message("Something long enough to be read. " * 20))
    qtbot.waitUntil(lambda: said.isVisible() and said.height() > 30)
    assert (canvas.geometry(), canvas.view()) == (place, view)
    assert canvas.geometry().contains(said.geometry())
    assert said.height() < canvas.height() / 2


def test_a_lost_session_is_offered_above_failed_plugins(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    document = window.rooms.workspace.current
    assert document is not None
    window.rooms.steps.choose_tool("denoise.light")
    window.rooms.steps.apply()
    qtbot.waitUntil(lambda: document.states[document.cursor].is_saved and len(document.states) == 2, timeout=60_000)
    window.close()
    again = open_window()
    said = again.parts.messages
    qtbot.waitUntil(lambda: "can be brought back" in said.text(), timeout=60_000)
    snapshot = again.application.host.snapshot()
    failed = PluginEntry(name="badhook", distribution="other", version="2", status="quarantined", reason="It raises.")
    host = again.application.host
    host.snapshot = lambda: replace(snapshot, plugins=(*snapshot.plugins, failed))  # type: ignore[method-assign]
    again.rooms.plugins.refresh()
    qtbot.waitUntil(lambda: any("badhook" in text for text in said.texts()), timeout=60_000)
    assert "can be brought back" in said.text()
    again.rooms.workspace.open_files([str(photo)])
    assert "can be brought back" in said.text()
    again.say(Message("A fault.", is_fault=True))
    said.choose("Restore")
    (left,) = said.texts()
    assert "badhook" in left  # nobody has read it yet
    dialog = again.rooms.plugins.dialog()
    dialog.list.setCurrentItem(dialog.list.topLevelItem(dialog.list.topLevelItemCount() - 1))
    assert (dialog.enable.text(), dialog.enable.isEnabled(), dialog.disable.isEnabled()) == ("Try again", True, True)
    host.snapshot = lambda: snapshot  # type: ignore[method-assign]
    again.rooms.plugins.refresh()
    qtbot.waitUntil(lambda: said.texts() == [], timeout=60_000)
    qtbot.waitUntil(lambda: len(again.rooms.workspace.documents) == 2, timeout=60_000)


def test_who_starts_again_hears_in_whose_tool_the_program_ended(
    open_window: OpenWindow, application: FakeApplication, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application.guard, "ended_runs", lambda: [("theirs", "theirs.dim")])
    window = open_window()
    said = "Verilens ended while theirs.dim of the plugin theirs was at work. Disable the plugin if that happens again."
    qtbot.waitUntil(lambda: said in window.parts.messages.texts())


def test_what_goes_wrong_twice_in_one_room_stands_there_once_and_takes_nothing_else_away(
    open_window: OpenWindow, photo: Path
) -> None:
    window = open_window(photo)
    rooms, document, said = window.rooms, window.rooms.workspace.current, window.parts.messages
    assert document is not None
    fails: dict[str, Callable[[Exception], object]] = {
        "strength": partial(rooms.strengths._failed, document), "study": rooms.studies._failed,
        "scores": rooms.scores._failed, "mask": rooms.masks._failed, "found": rooms.regions._failed,
        "recipe": rooms.replays._fail, "clipboard": rooms.clipboard._failed, "plugins": rooms.plugins._failed,
        "preview": rooms.steps.previews._failed, "history": rooms.viewer._say_fault,
    }  # fmt: skip
    for room, fail in fails.items():
        while said.texts():
            said.dismiss()
        fail(InputError(f"expected one of {room}, got none; look again"))
        window.say(Message("Something else.", topic="else"))
        fail(InputError(f"expected two of {room}, got one; look again"))
        assert [f"xpected two of {room}" in text for text in said.texts()] == [True, False], room
        assert said.texts()[1] == "Something else.", room


def test_what_is_said_of_a_photo_goes_with_it(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo, photo)
    rooms, document, said = window.rooms, window.rooms.workspace.current, window.parts.messages
    other = rooms.workspace.documents[0]
    assert document is not None
    apply(window, qtbot, amount=20)

    def known_already() -> None:
        rooms.steps.change_step("s1")
        rooms.steps.apply()

    def without_its_tool() -> None:
        window.application.host.tools.pop("denoise.light")
        rooms.steps.show_snapshot(window.application.host.snapshot())
        rooms.steps.change_step("s1")

    failure = InputError("expected something of this photo, got none; look again")
    tellers: tuple[Callable[[], object], ...] = (
        partial(rooms.strengths._failed, document, failure), partial(rooms.viewer._say_fault, failure),
        partial(rooms.viewer.delete, "s0"), known_already, without_its_tool,
    )  # fmt: skip
    for tell in tellers:
        tell()
        assert len(said.texts()) == 1, tell
        rooms.workspace.show(other)
        assert said.texts() == [], tell
        rooms.workspace.show(document)
