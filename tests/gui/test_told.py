"""What a step says that changed nothing or cannot be done, and dialogs that come to the front when asked for again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from desktop_app.api.errors import PluginError
from desktop_app.core.jobs.request import StepRecord
from desktop_app.core.plugins.entries import PluginEntry
from desktop_app.core.steps.recipes import Recipe, save_recipe
from desktop_app.core.steps.step import NO_CHANGE
from desktop_app.gui.panels.messages import Message
from desktop_app.gui.shell.window import MainWindow
from tests.support.windows import PATIENCE_MS, apply, shown_document, wait_for_background

OpenWindow = Callable[..., MainWindow]


def test_a_step_that_changed_no_pixel_says_so(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    apply(window, qtbot, amount=10)
    assert NO_CHANGE not in window.parts.messages.texts()
    apply(window, qtbot, amount=0)
    assert NO_CHANGE in window.parts.messages.texts()


@pytest.mark.parametrize(
    ("has_photo", "wanted"), [(False, "Open a photo first (Ctrl+O)."), (True, "Expected the tool")]
)
def test_a_command_whose_tool_is_not_there_says_what_it_wants(
    open_window: OpenWindow, photo: Path, has_photo: bool, wanted: str
) -> None:
    window = open_window(*[photo] * has_photo)
    window.rooms.steps.apply_tool("none.such", {})
    assert window.parts.messages.text().startswith(wanted)


def test_nothing_can_be_applied_before_a_photo_is_open_and_that_is_said(open_window: OpenWindow) -> None:
    window = open_window()
    window.rooms.steps.choose_tool("denoise.light")
    assert not window.parts.form.apply_button.isEnabled()
    assert window.parts.form.apply_button.toolTip() == "Open a photo first (Ctrl+O)."


def test_a_step_that_fails_is_told_as_a_fault_of_its_photo_that_can_be_read_in_full(
    open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    window = open_window(photo)
    told: list[Message] = []
    window.rooms.steps.said.connect(told.append)
    window.rooms.steps.choose_tool("denoise.faulty")
    window.rooms.steps.apply()
    qtbot.waitUntil(lambda: bool(told and told[-1].text), timeout=PATIENCE_MS)
    assert told[-1].is_fault
    assert told[-1].document == shown_document(window).id
    assert told[-1].text == "Faulty: expected a better photo, got this one; take another"
    with qtbot.waitSignal(window.rooms.steps.detailsAsked) as asked:
        dict(told[-1].choices)["Details"]()
    assert "ToolError" in asked.args[0]


def test_what_goes_wrong_elsewhere_is_told_as_a_fault_too(open_window: OpenWindow, photo: Path, qtbot: QtBot) -> None:
    window = open_window(photo)
    rooms, bad, told = window.rooms, photo.with_name("bad.png"), list[Message]()
    bad.write_bytes(b"no picture and no recipe")
    for room in (rooms.workspace, rooms.replays, rooms.scores, rooms.steps.previews):
        room.said.connect(told.append)
    rooms.steps.choose_tool("denoise.faulty")
    for number, act in enumerate((
        lambda: rooms.workspace.open_files([str(bad)]), lambda: rooms.replays.replay(shown_document(window), bad),
        lambda: window.parts.form.preview_toggle.setChecked(True),
    ), 1):  # fmt: skip
        act()
        qtbot.waitUntil(lambda number=number: len([each for each in told if each.text]) == number, timeout=PATIENCE_MS)
    assert [each.is_fault for each in told if each.text] == [True] * 3


def test_plugins_that_failed_are_told_once_as_a_fault_that_stays_until_they_work(open_window: OpenWindow) -> None:
    plugins, told = open_window().rooms.plugins, list[Message]()
    plugins.said.connect(told.append)
    left_out = tuple(
        PluginEntry(name=name, distribution="d", version="1", status="quarantined", reason="It failed.")
        for name in ("one", "two")
    )
    for failed in (left_out[:1], left_out[:1], left_out, ()):
        plugins._take(replace(plugins.snapshot, plugins=failed))
    texts = [each.text for each in told]
    assert texts == ["The plugin one failed and was left out.", "The plugin two failed and was left out.", ""]
    assert [(each.is_fault, each.stays) for each in told] == [(True, True), (True, True), (False, False)]
    dict(told[0].choices)["Plugins…"]()
    assert plugins.dialog().isVisible()


@pytest.mark.parametrize("room", ["batches", "adapting", "plugins", "models"])
def test_a_dialog_that_is_asked_for_again_comes_to_the_front(
    open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch, room: str
) -> None:
    dialogs = getattr(open_window().rooms, room)
    raised: list[QDialog] = []
    monkeypatch.setattr(type(dialogs.dialog()), "raise_", lambda dialog: raised.append(dialog))  # noqa: PLW0108 - it is to be a method
    for _ in range(2):
        dialogs.open()
        assert dialogs.dialog().isVisible()
    assert raised == [dialogs.dialog()] * 2


def test_a_plugin_is_enabled_disabled_and_trusted_by_its_name(
    open_window: OpenWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, asked, may_go = open_window(), list[tuple[str, str]](), Event()
    plugins, host = window.rooms.plugins, window.application.host
    for verb in ("enable", "disable", "trust"):
        monkeypatch.setattr(host, verb, lambda name, verb=verb: asked.append((verb, name)), raising=False)
    dialog = plugins.dialog()
    found = plugins.snapshot
    changed = replace(found, plugins=found.plugins[:1])
    monkeypatch.setattr(host, "snapshot", lambda: changed)
    # Plugins are being looked for: none of what is asked for meanwhile gets lost.
    window.rooms._imports.run(may_go.wait, lambda _: None, lambda _: None)
    for signal in (dialog.enableAsked, dialog.disableAsked, dialog.trustAsked):
        signal.emit("broken")
    may_go.set()
    qtbot.waitUntil(lambda: dialog.list.topLevelItemCount() == 1, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: len(asked) == 3, timeout=PATIENCE_MS)
    assert set(asked) == {("enable", "broken"), ("disable", "broken"), ("trust", "broken")}
    with qtbot.assertNotEmitted(plugins.snapshotChanged, wait=50):
        plugins.refresh()

    def fail(_name: str) -> None:
        raise PluginError("expected the plugin gone, found none; look again")

    told: list[Message] = []
    plugins.said.connect(told.append)
    monkeypatch.setattr(host, "enable", fail)
    dialog.enableAsked.emit("gone")
    qtbot.waitUntil(lambda: bool(told), timeout=PATIENCE_MS)
    assert (told[0].text, told[0].is_fault) == ("expected the plugin gone, found none; look again", True)


def test_the_last_tool_in_which_the_program_ended_is_told_until_it_is_read(open_window: OpenWindow) -> None:
    plugins, told = open_window().rooms.plugins, list[Message]()
    plugins.said.connect(told.append)
    plugins._tell_ended([])
    plugins._tell_ended([("one", "one.a"), ("two", "two.b")])
    (message,) = told
    assert "while two.b of the plugin two was at work" in message.text
    assert (message.is_fault, message.stays) == (True, True)
    dict(message.choices)["Plugins…"]()
    assert plugins.dialog().isVisible()


def test_a_recipe_says_what_was_saved_and_why_it_cannot_be_done(
    open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    window = open_window(photo)
    document, replays, said = shown_document(window), window.rooms.replays, window.parts.messages
    path = photo.with_name("recipe.json")
    for amount, told in ((10, "1 step"), (20, "2 steps")):
        apply(window, qtbot, amount=amount)
        replays.save(document, path)
        qtbot.waitUntil(lambda told=told: said.text() == f"Saved the recipe as recipe.json, with {told}.")
    replays.save(document, path, "s1")
    qtbot.waitUntil(lambda: said.text() == "Saved the recipe as recipe.json, with 1 step.")
    gone = window.application.host.tools.pop("denoise.light")
    replays.replay(document, path)
    qtbot.waitUntil(lambda: "Expected the tool 'denoise.light'" in said.text())
    assert len(document.states) == 3
    window.application.host.tools["denoise.light"] = gone
    save_recipe(path, Recipe(()))
    replays.replay(document, path)
    qtbot.waitUntil(lambda: said.text() == "The recipe has no steps.")
    assert not window.rooms.runs.is_busy


def test_a_recipe_that_was_cancelled_is_not_gone_on_with_by_another_step(
    open_window: OpenWindow, photo: Path, qtbot: QtBot
) -> None:
    window = open_window(photo)
    document, steps, said = shown_document(window), window.rooms.steps, window.parts.messages
    slow, light = (
        StepRecord(name, "restoration", "Step", "test", "1", params, 0)
        for name, params in (("denoise.slow", {}), ("denoise.light", {"amount": 5.0}))
    )
    save_recipe(photo.with_name("recipe.json"), Recipe((slow, light)))
    window.rooms.replays.replay(document, photo.with_name("recipe.json"))
    qtbot.waitUntil(lambda: window.rooms.runs.is_busy)
    steps.cancel()
    assert said.text() == "Cancelled Step; nothing was changed."
    apply(window, qtbot, amount=7)
    wait_for_background(window, qtbot)
    assert len(document.states) == 2
    assert "All steps are done." not in said.texts()


def test_without_a_tool_nothing_can_be_applied_and_that_is_said(open_window: OpenWindow, photo: Path) -> None:
    window = open_window(photo)
    window.rooms.steps.apply()
    assert window.parts.messages.text() == "Choose a tool first."


def test_a_fault_of_a_step_that_nobody_foresaw_is_told_as_a_failure(
    open_window: OpenWindow, photo: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window(photo)

    def fail(*_given: object, **_more: object) -> None:
        raise ZeroDivisionError("by chance")

    monkeypatch.setattr(window.application.engine, "run", fail)
    window.rooms.steps.choose_tool("denoise.light")
    window.rooms.steps.apply()
    qtbot.waitUntil(lambda: "Light failed" in window.parts.messages.text())
