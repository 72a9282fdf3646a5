"""Keys: the user's choice counts, nothing is bound twice, and what is wrong in the settings is said."""

from __future__ import annotations

from typing import Any

import pytest

from desktop_app.gui.shell.actions import ACTIONS
from desktop_app.gui.viewmodel.shortcuts import bindings, changed, conflict, normal, split


def test_no_two_actions_share_keys() -> None:
    taken = [key for action in ACTIONS for key in split(action.shortcut)]
    assert sorted(taken) == sorted(set(taken))


@pytest.mark.parametrize("keys", [
    "Ctrl+0", "Ctrl+1", "Ctrl++", "Ctrl+-", "\\", "Ctrl+Shift+P", "F1", "F11", "C", "J", "L",
])  # fmt: skip
def test_photographers_find_their_keys(keys: str) -> None:
    assert any(normal(keys) in split(action.shortcut) for action in ACTIONS)


def test_a_choice_counts_and_takes_the_keys_from_whoever_has_them_by_default() -> None:
    found = bindings(ACTIONS, {"crop": "ctrl+z", "apply": "F5|F6"})
    assert (found.keys["crop"], found.keys["apply"], found.keys["undo"], found.faults) == ("ctrl+z", "F5|F6", "", ())
    assert found.keys["redo"] == "Ctrl+Shift+Z|Ctrl+Y"
    assert bindings(ACTIONS, {"redo": ""}).keys["redo"] == ""  # none may be chosen too


@pytest.mark.parametrize(("chosen", "words"), [
    ({"crop": "F5", "undo": "f5"}, "chosen for “Crop” already"), ({"nobody": "F5"}, "'nobody'"),
    ({"crop": 5}, "'crop'"), (["F5"], "an object"), ("F5", "an object"), (None, "an object"),
])  # fmt: skip
def test_what_is_wrong_in_the_settings_is_said_and_set_aside(chosen: Any, words: str) -> None:
    found = bindings(ACTIONS, chosen)
    assert words in " ".join(found.faults)
    assert found.keys["undo"] == "Ctrl+Z"
    assert found.keys.keys() == {action.id for action in ACTIONS}


def test_a_conflict_is_named_before_it_is_made() -> None:
    keys = bindings(ACTIONS, {}).keys
    assert "“Undo”" in conflict(ACTIONS, keys, "crop", "Ctrl+Z")
    assert "“Redo”" in conflict(ACTIONS, keys, "crop", "F5|ctrl+y")
    assert conflict(ACTIONS, keys, "undo", "Ctrl+Z") == conflict(ACTIONS, keys, "crop", "F5") == ""


def test_the_programs_own_keys_are_not_kept() -> None:
    assert changed(ACTIONS, {"crop": "F5"}, "crop", None) == {}
    assert changed(ACTIONS, {"crop": "F5"}, "crop", "C") == {}
    assert changed(ACTIONS, {"crop": "F5"}, "undo", "F6") == {"crop": "F5", "undo": "F6"}
