"""What becomes of a plugin: one pure decision."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from desktop_app.core.plugins.candidate import Candidate
from desktop_app.core.plugins.decision import Act, Barred, Case, decide
from desktop_app.core.plugins.entries import PluginEntry

OWN = Candidate(name="denoise.tv", distribution="verilens", version="1", origin="entry point")
OTHERS = Candidate(name="mine", distribution="mine", version="1", origin="folder")
LOADED = PluginEntry(name="mine", distribution="mine", version="1", stamp="now")
FAILED = replace(LOADED, status="quarantined", reason="it raised")
FOUND = Case(candidate=OTHERS, stamp="now")


@pytest.mark.parametrize(("given", "expected"), [
    ({}, Act.READ),
    ({"known": LOADED}, Act.KEEP),
    ({"known": replace(LOADED, stamp="before")}, Act.READ),
    ({"known": FAILED}, Act.READ),
    ({"known": FAILED, "is_of_this_run": True}, Act.KEEP),
    ({"known": replace(FAILED, stamp="before"), "is_of_this_run": True}, Act.READ),
    ({"known": replace(LOADED, status="disabled"), "is_of_this_run": True}, Act.READ),
    ({"known": replace(LOADED, status="unread"), "is_of_this_run": True}, Act.READ),
    ({"known": LOADED, "strangers": "known"}, Act.KEEP),
    ({"candidate": OWN, "strangers": "known"}, Act.READ),
    ({"candidate": OWN, "strangers": "none"}, Act.READ),
])
def test_what_nothing_bars(given: dict[str, Any], expected: Act) -> None:
    assert decide(replace(FOUND, **given)) is expected


@pytest.mark.parametrize(("given", "status"), [
    ({"candidate": replace(OTHERS, fault="no name")}, "quarantined"),
    ({"is_disabled": True}, "disabled"),
    ({"candidate": OWN, "is_disabled": True}, "disabled"),
    ({"doubt": "not trusted"}, "untrusted"),
    ({"fault": "it ended the program"}, "quarantined"),
    ({"strangers": "none"}, "disabled"),
])
def test_what_bars_a_plugin_bars_a_known_one_too(given: dict[str, Any], status: str) -> None:
    act = decide(replace(FOUND, known=LOADED, **given))
    assert isinstance(act, Barred)
    assert (act.status, bool(act.reason)) == (status, True)


def test_a_new_one_is_left_unread_where_nobody_is_to_be_read() -> None:
    assert decide(replace(FOUND, strangers="known")) == Barred(
        "unread", "new or changed, and not read yet; verilens tools reads it")


def test_what_the_user_said_comes_before_what_went_wrong() -> None:
    act = decide(replace(FOUND, is_disabled=True, doubt="not trusted", fault="it ended the program"))
    assert isinstance(act, Barred)
    assert act.status == "disabled"
